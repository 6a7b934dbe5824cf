package dev.swiftkv.engine.schedule;

/** Runs planned steps on the model, one at a time. */
@FunctionalInterface
public interface StepRunner {
  /**
   * Starts to compute the tokens of a plan, to sample where a sequence runs out of known ones and
   * to score those of scored sequences.
   *
   * @param plan at least one sequence; gets the log-probabilities until {@link #await} returns
   * @param sampled receives {@code plan.logitRows()} ids in the order of the plan until {@link
   *     #await} returns; those of rows that score mean nothing
   */
  void start(StepPlan plan, int[] sampled);

  /**
   * Waits for the step that was started.
   *
   * @param plan the same one, unchanged
   */
  default void await(StepPlan plan) {}

  /** Whether {@link #start} returns before the step is done, so that there is time to use. */
  default boolean runsInBackground() {
    return false;
  }
}
