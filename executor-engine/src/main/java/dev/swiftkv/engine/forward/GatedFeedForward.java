package dev.swiftkv.engine.forward;

import dev.swiftkv.kernels.WeightMatrix;

/**
 * SwiGLU.
 *
 * @param gateUp [2 * intermediate, hidden], rows of gate and up interleaved
 * @param down [hidden, intermediate]
 */
public record GatedFeedForward(WeightMatrix gateUp, WeightMatrix down) {
  void apply(Step step) {
    step.ops().gatedFfn(step.normed(), gateUp, down, step.x());
  }
}
