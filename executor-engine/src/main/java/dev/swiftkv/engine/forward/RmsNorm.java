package dev.swiftkv.engine.forward;

import dev.swiftkv.kernels.Tensor;

/**
 * Root-mean-square normalization.
 *
 * @param weight F32 [1, hidden]
 * @param epsilon added to the mean square
 */
public record RmsNorm(Tensor weight, float epsilon) {
  void apply(Step step) {
    step.ops().rmsNorm(step.x(), weight, epsilon, step.normed());
  }
}
