package dev.swiftkv.spark.batch;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.spark.WindowSettings;
import org.apache.spark.unsafe.types.UTF8String;

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
    return new RowByRow(
        TaskWindow.open(
            call,
            new WindowSettings(1, Long.MAX_VALUE, Long.MAX_VALUE, cacheBytes),
            new Uncounted()));
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
}
