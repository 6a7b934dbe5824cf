package dev.swiftkv.kernels;

import dev.swiftkv.kernels.OpsTimings.Operation;
import java.util.List;

/**
 * Operations with a stopwatch: two readings of the clock around each call. Of operations that hold
 * matrix products, the share of the products is known where the backend is a {@link ProductClock};
 * elsewhere such an operation counts as product entirely. Work in the background is waited for
 * before and after each call. While it is paused, calls are passed on as they are.
 */
final class TimedOps implements Ops {
  private final Ops ops;
  private final ProductClock clockOrNull;
  private final OpsTimings timings;
  private volatile boolean paused;
  private long start;
  private long productStart;

  TimedOps(Ops ops, OpsTimings timings) {
    this.ops = ops;
    this.timings = timings;
    clockOrNull = ops instanceof ProductClock clock ? clock : null;
  }

  void pause(boolean pause) {
    paused = pause;
  }

  @Override
  public void stage(RaggedBatch batch) {
    begin();
    ops.stage(batch);
    end(Operation.STAGE);
  }

  @Override
  public void embed(WeightMatrix table, RaggedBatch batch, Tensor x) {
    begin();
    ops.embed(table, batch, x);
    end(Operation.EMBED);
  }

  @Override
  public void rmsNorm(Tensor x, Tensor weight, float epsilon, Tensor out) {
    begin();
    ops.rmsNorm(x, weight, epsilon, out);
    end(Operation.RMS_NORM);
  }

  @Override
  public void qkv(
      Tensor normed,
      Projection qkv,
      AttentionShape shape,
      RopeTable rope,
      RaggedBatch batch,
      PagedKv cache,
      Tensor queries) {
    begin();
    ops.qkv(normed, qkv, shape, rope, batch, cache, queries);
    end(Operation.QKV, flops(normed.rows(), qkv.weight()));
  }

  @Override
  public void queries(
      Tensor normed,
      Projection q,
      AttentionShape shape,
      RopeTable rope,
      RaggedBatch batch,
      Tensor queries) {
    begin();
    ops.queries(normed, q, shape, rope, batch, queries);
    end(Operation.QUERIES, flops(normed.rows(), q.weight()));
  }

  @Override
  public void laterKv(
      Tensor normed,
      Projection laterKv,
      AttentionShape shape,
      RopeTable rope,
      RaggedBatch batch,
      List<PagedKv> caches) {
    begin();
    ops.laterKv(normed, laterKv, shape, rope, batch, caches);
    end(Operation.LATER_KV, flops(normed.rows(), laterKv.weight()));
  }

  @Override
  public void attend(
      Tensor queries, AttentionShape shape, PagedKv cache, RaggedBatch batch, Tensor out) {
    begin();
    ops.attend(queries, shape, cache, batch, out);
    end(Operation.ATTEND);
  }

  @Override
  public void projectAdd(Tensor input, Projection projection, Tensor x) {
    begin();
    ops.projectAdd(input, projection, x);
    end(Operation.PROJECT_ADD, flops(input.rows(), projection.weight()));
  }

  @Override
  public void gatedFfn(Tensor normed, WeightMatrix gateUp, WeightMatrix down, Tensor x) {
    begin();
    ops.gatedFfn(normed, gateUp, down, x);
    end(Operation.GATED_FFN, flops(normed.rows(), gateUp) + flops(normed.rows(), down));
  }

  @Override
  public void gatherRows(Tensor x, RaggedBatch batch, Tensor out) {
    begin();
    ops.gatherRows(x, batch, out);
    end(Operation.GATHER_ROWS);
  }

  @Override
  public void logits(Tensor normed, WeightMatrix head, Tensor logits) {
    begin();
    ops.logits(normed, head, logits);
    end(Operation.LOGITS, flops(normed.rows(), head));
  }

  @Override
  public void sample(Tensor logits, SamplingBatch sampling, int[] tokens) {
    begin();
    ops.sample(logits, sampling, tokens);
    end(Operation.SAMPLE);
  }

  @Override
  public void startSample(Tensor logits, SamplingBatch sampling, int[] tokens) {
    if (paused) {
      ops.startSample(logits, sampling, tokens);
    } else {
      sample(logits, sampling, tokens);
    }
  }

  @Override
  public void awaitSample() {
    if (paused) {
      ops.awaitSample();
    }
  }

  @Override
  public boolean runsInBackground() {
    return paused && ops.runsInBackground();
  }

  /** Never from a record unless paused, so that each operation is seen. */
  @Override
  public void step(RaggedBatch batch, Runnable operations) {
    if (paused) {
      ops.step(batch, operations);
    } else {
      operations.run();
    }
  }

  @Override
  public void finish() {
    ops.finish();
  }

  private static double flops(int rows, WeightMatrix weight) {
    return 2.0 * rows * weight.rows() * weight.columns();
  }

  private void begin() {
    if (paused) {
      return;
    }
    ops.finish();
    productStart = clockOrNull == null ? 0 : clockOrNull.productNanos();
    start = System.nanoTime();
  }

  private void end(Operation operation) {
    if (paused) {
      return;
    }
    ops.finish();
    timings.add(operation, System.nanoTime() - start, 0, 0);
  }

  private void end(Operation operation, double flops) {
    if (paused) {
      return;
    }
    ops.finish();
    long time = System.nanoTime() - start;
    long product = clockOrNull == null ? time : clockOrNull.productNanos() - productStart;
    timings.add(operation, time, product, flops);
  }
}
