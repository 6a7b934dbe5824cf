package dev.swiftkv.engine.schedule;

/** Runs planned steps on the model, one at a time. */
@FunctionalInterface
public interface StepRunner {
  /**
   * Starts to compute the tokens of a plan and to sample where a sequence runs out of known ones.
   *
   * @param plan at least one sequence
   * @param sampled receives {@code plan.samples()} ids in the order of the plan until {@link
   *     #await} returns
   */
  void start(StepPlan plan, int[] sampled);

  /** Waits for the step that was started. */
  default void await() {}

  /** Whether {@link #start} returns before the step is done, so that there is time to use. */
  default boolean runsInBackground() {
    return false;
  }
}
