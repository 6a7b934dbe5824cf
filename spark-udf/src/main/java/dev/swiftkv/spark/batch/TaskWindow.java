package dev.swiftkv.spark.batch;

import dev.swiftkv.spark.WindowSettings;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.util.ArrowUtils;
import org.apache.spark.util.TaskCompletionListener;

/** Windows of expressions, which have no end of their own. */
final class TaskWindow {
  private TaskWindow() {}

  /** A window of the running task, which closes it. */
  static PromptWindow open(CallSetup call, WindowSettings settings, BatchCounters counters) {
    TaskContext task = TaskContext.get();
    BufferAllocator allocator =
        ArrowUtils.rootAllocator()
            .newChildAllocator("swiftkv rows of task " + task.taskAttemptId(), 0, Long.MAX_VALUE);
    PromptWindow window = new PromptWindow(List.of(call), settings, counters, allocator, task);
    TaskCompletionListener listener =
        context -> {
          window.close();
          allocator.close();
        };
    task.addTaskCompletionListener(listener);
    return window;
  }
}
