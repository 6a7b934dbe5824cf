package dev.swiftkv.engine.forward;

import dev.swiftkv.kernels.AttentionShape;
import dev.swiftkv.kernels.PagedKv;
import dev.swiftkv.kernels.Projection;
import dev.swiftkv.kernels.RopeTable;

/** Attention of one layer over one cache: normed rows in, added to the residual stream. */
public sealed interface Attention {
  /** Runs on the step's normed rows. */
  void apply(Step step);

  /** The cache that it reads. */
  int cache();

  /**
   * A layer that writes its own keys and values.
   *
   * @param inputs rows of queries, then keys, then values
   * @param output back to the hidden size
   * @param cache index among the model's caches
   */
  record OwnKeysAndValues(
      Projection inputs, Projection output, AttentionShape shape, RopeTable rope, int cache)
      implements Attention {
    @Override
    public void apply(Step step) {
      PagedKv kv = step.caches().get(cache);
      step.ops().qkv(step.normed(), inputs, shape, rope, step.batch(), kv, step.queries());
      step.ops().attend(step.queries(), shape, kv, step.batch(), step.attended());
      step.ops().projectAdd(step.attended(), output, step.x());
    }
  }

  /**
   * A SwiftKV layer after the boundary: its keys and values are in the cache already.
   *
   * @param queries {@code q_proj_swiftkv}
   * @param output back to the hidden size
   * @param cache index among the model's caches; the layers of an AcrossKV group share it
   */
  record BoundaryKeysAndValues(
      Projection queries, Projection output, AttentionShape shape, RopeTable rope, int cache)
      implements Attention {
    @Override
    public void apply(Step step) {
      PagedKv kv = step.caches().get(cache);
      step.ops().queries(step.normed(), queries, shape, rope, step.batch(), step.queries());
      step.ops().attend(step.queries(), shape, kv, step.batch(), step.attended());
      step.ops().projectAdd(step.attended(), output, step.x());
    }
  }
}
