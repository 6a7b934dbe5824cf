package dev.swiftkv.spark.batch;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.EngineStats;
import dev.swiftkv.engine.RowError;
import dev.swiftkv.spark.WindowSettings;
import dev.swiftkv.spark.functions.EngineReport;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.util.ArrowUtils;
import org.apache.spark.util.TaskCompletionListener;

/** Windows of expressions, which have neither metrics nor an end of their own. */
final class TaskWindow {
  private TaskWindow() {}

  /** A window of the running task, which closes it. */
  static PromptWindow open(CallSetup call, WindowSettings settings) {
    TaskContext task = TaskContext.get();
    BufferAllocator allocator =
        ArrowUtils.rootAllocator()
            .newChildAllocator("swiftkv rows of task " + task.taskAttemptId(), 0, Long.MAX_VALUE);
    PromptWindow window =
        new PromptWindow(List.of(call), settings, new Uncounted(), allocator, task);
    TaskCompletionListener listener =
        context -> {
          window.close();
          allocator.close();
        };
    task.addTaskCompletionListener(listener);
    return window;
  }

  private static final class Uncounted implements BatchCounters {
    @Override
    public void prompt() {}

    @Override
    public void repeated() {}

    @Override
    public void found() {}

    @Override
    public void skipped() {}

    @Override
    public void completed(Completion completion) {}

    @Override
    public void failed(RowError error) {}

    @Override
    public void waited(long nanos) {}

    @Override
    public void loadedModel() {}

    @Override
    public void engine(EngineStats before, EngineStats after) {}

    @Override
    public void report(List<EngineReport> engines) {}
  }
}
