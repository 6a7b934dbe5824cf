package dev.swiftkv.spark.batch;

import dev.swiftkv.spark.WindowSettings;
import java.util.Optional;

/**
 * Makes room where a group has more texts than memory: asks about those that are there while others
 * are still to come. Ends with the task.
 */
public final class EarlyReduction {
  private final PromptWindow window;

  private EarlyReduction(PromptWindow window) {
    this.window = window;
  }

  /**
   * Opens it for the running task.
   *
   * @param counters where its prompts count, if anywhere
   */
  public static EarlyReduction open(
      CallSetup call, WindowSettings settings, Optional<? extends BatchCounters> counters) {
    BatchCounters used = counters.isPresent() ? counters.get() : new Uncounted();
    return new EarlyReduction(TaskWindow.open(call, settings, used));
  }

  /**
   * Replaces what a group has by one answer.
   *
   * @throws FailedRowException if a prompt failed and the call wants that to fail the query
   */
  public void reduce(TextGroup group) {
    RowAnswer answer = Reduction.of(window, 0, group).await(() -> {});
    group.replaceBy(answer);
  }
}
