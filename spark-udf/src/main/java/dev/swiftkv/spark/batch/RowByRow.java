package dev.swiftkv.spark.batch;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.EngineStats;
import dev.swiftkv.spark.WindowSettings;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.util.ArrowUtils;
import org.apache.spark.unsafe.types.UTF8String;
import org.apache.spark.util.TaskCompletionListener;

/** A window of one prompt, for calls that cannot be batched. Ends with the task. */
public final class RowByRow {
  private final PromptWindow window;

  private RowByRow(PromptWindow window) {
    this.window = window;
  }

  /**
   * Opens it for the running task.
   *
   * @param cacheBytes most bytes of answers that the executor keeps
   */
  public static RowByRow open(CallSetup call, long cacheBytes) {
    TaskContext task = TaskContext.get();
    BufferAllocator allocator =
        ArrowUtils.rootAllocator()
            .newChildAllocator("swiftkv rows of task " + task.taskAttemptId(), 0, Long.MAX_VALUE);
    PromptWindow window =
        new PromptWindow(
            List.of(call),
            new WindowSettings(1, Long.MAX_VALUE, Long.MAX_VALUE, cacheBytes),
            new Uncounted(),
            allocator,
            task);
    TaskCompletionListener listener =
        context -> {
          window.close();
          allocator.close();
        };
    task.addTaskCompletionListener(listener);
    return new RowByRow(window);
  }

  /** Asks and waits. */
  public Completion ask(UTF8String prompt) {
    if (!window.hasRoom()) {
      throw new IllegalStateException("The answer before this one has been waited for");
    }
    Ticket ticket = window.ask(0, prompt);
    window.handOver();
    return window.await(ticket, () -> {});
  }

  /** An expression has no metrics of its own. */
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
    public void waited(long nanos) {}

    @Override
    public void loadedModel() {}

    @Override
    public void engine(EngineStats before, EngineStats after) {}

    @Override
    public void report(List<EngineReport> engines) {}
  }
}
