package dev.swiftkv.engine.schedule;

/** Runs a planned step on the model. */
@FunctionalInterface
public interface StepRunner {
  /**
   * Computes the tokens of a plan and samples where a sequence ran out of known ones.
   *
   * @param plan at least one sequence
   * @param sampled receives {@code plan.samples()} ids in the order of the plan
   */
  void run(StepPlan plan, int[] sampled);
}
