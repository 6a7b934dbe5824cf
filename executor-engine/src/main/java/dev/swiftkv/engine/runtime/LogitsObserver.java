package dev.swiftkv.engine.runtime;

import dev.swiftkv.engine.schedule.StepPlan;
import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.Tensor;

/** Sees the logits of each step before a token is sampled from them; for tests. */
@FunctionalInterface
interface LogitsObserver {
  /** Looks at nothing. */
  LogitsObserver NONE = (plan, backend, logits) -> {};

  /**
   * Called on the engine's thread.
   *
   * @param logits F32 [plan.logitRows(), vocabulary], in the order of the plan
   */
  void onLogits(StepPlan plan, Backend backend, Tensor logits);
}
