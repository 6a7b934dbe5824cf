package dev.swiftkv.engine.forward;

import dev.swiftkv.kernels.AttentionShape;
import dev.swiftkv.kernels.Projection;
import dev.swiftkv.kernels.RopeTable;

/**
 * The SwiftKV boundary: keys and values of every later layer from the residual stream that enters
 * the first of them.
 *
 * @param norm {@code norm_swiftkv}
 * @param laterKv keys then values of each later cache, in cache order
 * @param firstCache the first of those caches
 */
public record Boundary(
    RmsNorm norm, Projection laterKv, AttentionShape shape, RopeTable rope, int firstCache) {
  void apply(Step step) {
    norm.apply(step);
    step.ops()
        .laterKv(
            step.normed(),
            laterKv,
            shape,
            rope,
            step.batch(),
            step.caches().subList(firstCache, step.caches().size()));
  }
}
