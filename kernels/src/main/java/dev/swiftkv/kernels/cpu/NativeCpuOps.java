package dev.swiftkv.kernels.cpu;

import dev.swiftkv.kernels.AttentionShape;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.DeviceMemory;
import dev.swiftkv.kernels.Ops;
import dev.swiftkv.kernels.OpsChecks;
import dev.swiftkv.kernels.PagedKv;
import dev.swiftkv.kernels.ProductClock;
import dev.swiftkv.kernels.Projection;
import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kernels.RopeTable;
import dev.swiftkv.kernels.SamplingBatch;
import dev.swiftkv.kernels.Tensor;
import dev.swiftkv.kernels.WeightMatrix;
import java.util.List;

/**
 * Checks the arguments of every operation, then hands it to the native library. Everything has
 * happened when a method returns.
 */
final class NativeCpuOps implements Ops, ProductClock, AutoCloseable {
  private final long gemm;
  private final int threads;
  private final NativeScratch scratch;
  private final NativeViews views = new NativeViews();
  private final NativeProjections projections;

  NativeCpuOps(DeviceMemory memory, long gemm, int threads) {
    this.gemm = gemm;
    this.threads = threads;
    scratch = new NativeScratch(memory);
    projections = new NativeProjections(gemm, scratch, views);
  }

  @Override
  public void stage(RaggedBatch batch) {
    // The batch is in host memory already, where these operations read it.
  }

  @Override
  public void embed(WeightMatrix table, RaggedBatch batch, Tensor x) {
    OpsChecks.shape("Embeddings", x, DType.F32, batch.tokenCount(), table.columns());
    for (int token = 0; token < batch.tokenCount(); token++) {
      OpsChecks.index("Token id", batch.tokenIds().get(token), table.rows());
    }
    MatrixNatives.embed(gemm, packed(table), views.batch(batch), x.address());
  }

  @Override
  public void rmsNorm(Tensor x, Tensor weight, float epsilon, Tensor out) {
    int hidden = x.columns();
    OpsChecks.shape("Norm input", x, DType.F32, x.rows(), hidden);
    OpsChecks.shape("Norm weight", weight, DType.F32, 1, hidden);
    OpsChecks.shape("Norm output", out, computeType(out), x.rows(), hidden);
    MatrixNatives.rmsNorm(
        gemm,
        x.address(),
        weight.address(),
        epsilon,
        x.rows(),
        hidden,
        out.dtype().ordinal(),
        out.address());
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
    projections.qkv(normed, qkv, shape, rope, batch, cache, queries);
  }

  @Override
  public void queries(
      Tensor normed,
      Projection q,
      AttentionShape shape,
      RopeTable rope,
      RaggedBatch batch,
      Tensor queries) {
    projections.queries(normed, q, shape, rope, batch, queries);
  }

  @Override
  public void laterKv(
      Tensor normed,
      Projection laterKv,
      AttentionShape shape,
      RopeTable rope,
      RaggedBatch batch,
      List<PagedKv> caches) {
    projections.laterKv(normed, laterKv, shape, rope, batch, caches);
  }

  @Override
  public void attend(
      Tensor queries, AttentionShape shape, PagedKv cache, RaggedBatch batch, Tensor out) {
    int columns = shape.queryColumns();
    OpsChecks.cache(cache, shape);
    OpsChecks.blockTables(cache, batch);
    OpsChecks.shape("Queries", queries, computeType(queries), batch.tokenCount(), columns);
    OpsChecks.shape("Attention output", out, queries.dtype(), batch.tokenCount(), columns);
    AttentionNatives.attend(
        threads,
        queries.address(),
        queries.dtype().ordinal(),
        views.shape(shape),
        views.pages(cache),
        views.batch(batch),
        out.address());
  }

  @Override
  public void projectAdd(Tensor input, Projection projection, Tensor x) {
    OpsChecks.product(input, projection.weight(), x.columns());
    OpsChecks.shape("Residual", x, DType.F32, input.rows(), x.columns());
    project(projection.weight(), projection.biasOrNull(), input, x, true);
  }

  @Override
  public void gatedFfn(Tensor normed, WeightMatrix gateUp, WeightMatrix down, Tensor x) {
    OpsChecks.product(normed, gateUp, 2 * down.columns());
    OpsChecks.shape("Residual", x, DType.F32, normed.rows(), down.rows());
    long gateUpHandle = packed(gateUp);
    long downHandle = packed(down);
    long lacking;
    do {
      lacking =
          MatrixNatives.gatedFfn(
              gemm,
              gateUpHandle,
              downHandle,
              normed.address(),
              normed.rows(),
              x.address(),
              scratch.address(),
              scratch.bytes());
    } while (scratch.grew(lacking));
  }

  @Override
  public void gatherRows(Tensor x, RaggedBatch batch, Tensor out) {
    OpsChecks.gatheredRows(x, batch, out);
    MatrixNatives.gatherRows(x.address(), x.columns(), views.batch(batch), out.address());
  }

  @Override
  public void logits(Tensor normed, WeightMatrix head, Tensor logits) {
    OpsChecks.product(normed, head, logits.columns());
    OpsChecks.shape("Logits", logits, DType.F32, normed.rows(), head.rows());
    project(head, null, normed, logits, false);
  }

  @Override
  public void sample(Tensor logits, SamplingBatch sampling, int[] tokens) {
    OpsChecks.sampling(logits, sampling, tokens);
    AttentionNatives.sample(
        threads, logits.address(), logits.columns(), views.sampling(sampling), tokens);
  }

  @Override
  public long productNanos() {
    return MatrixNatives.gemmNanos(gemm);
  }

  void copyBlock(PagedKv cache, int fromBlock, int toBlock) {
    AttentionNatives.copyBlock(views.pages(cache), fromBlock, toBlock);
  }

  @Override
  public void close() {
    scratch.close();
  }

  /** The handle of a weight that this backend packed. */
  static long packed(WeightMatrix weight) {
    if (weight instanceof NativeWeightMatrix own) {
      return own.handle();
    }
    throw new IllegalArgumentException(
        "Weight %s was packed by another backend than %s"
            .formatted(weight.name(), NativeCpuBackend.NAME));
  }

  private void project(
      WeightMatrix weight, Tensor biasOrNull, Tensor x, Tensor y, boolean addToResult) {
    long handle = packed(weight);
    long lacking;
    do {
      lacking =
          MatrixNatives.project(
              gemm,
              handle,
              biasOrNull == null ? 0 : biasOrNull.address(),
              x.address(),
              x.rows(),
              y.address(),
              addToResult,
              scratch.address(),
              scratch.bytes());
    } while (scratch.grew(lacking));
  }

  private static DType computeType(Tensor tensor) {
    return tensor.dtype() == DType.BF16 ? DType.BF16 : DType.F32;
  }
}
