package dev.swiftkv.kernels.scalar;

import dev.swiftkv.kernels.AttentionShape;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.DeviceMemory;
import dev.swiftkv.kernels.HostMemory;
import dev.swiftkv.kernels.Ops;
import dev.swiftkv.kernels.OpsChecks;
import dev.swiftkv.kernels.PagedKv;
import dev.swiftkv.kernels.Projection;
import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kernels.RopeTable;
import dev.swiftkv.kernels.SamplingBatch;
import dev.swiftkv.kernels.Tensor;
import dev.swiftkv.kernels.WeightMatrix;
import dev.swiftkv.kernels.scalar.ScalarProjections.Step;
import java.util.List;

/**
 * The definition of every operation. Products are {@link ScalarProduct}, attention is {@link
 * ScalarAttention}, the choice of tokens is {@link ScalarSampler}; what is left is here.
 */
final class ScalarOps implements Ops, AutoCloseable {
  /** Tokens whose intermediate results are in scratch memory at once. */
  static final int TILE = 256;

  private final ScalarThreads threads;
  private final ScalarProduct product;
  private final ScalarProjections projections;
  private final ScalarAttention attention;
  private final ScalarSampler sampler = new ScalarSampler();
  private final ScalarScratch projected;
  private final ScalarScratch activated;

  ScalarOps(DeviceMemory memory, ScalarThreads threads) {
    this.threads = threads;
    product = new ScalarProduct(threads);
    attention = new ScalarAttention(threads);
    projected = new ScalarScratch("scratch of projections", memory);
    projections = new ScalarProjections(threads, product, projected);
    activated = new ScalarScratch("scratch of activations", memory);
  }

  @Override
  public void stage(RaggedBatch batch) {
    // The batch is in host memory already, where these operations read it.
  }

  @Override
  public void embed(WeightMatrix table, RaggedBatch batch, Tensor x) {
    OpsChecks.shape("Embeddings", x, DType.F32, batch.tokenCount(), table.columns());
    float[] row = new float[table.columns()];
    for (int token = 0; token < batch.tokenCount(); token++) {
      int id = OpsChecks.index("Token id", batch.tokenIds().get(token), table.rows());
      packed(table).readRow(id, row);
      ScalarMemory.write(DType.F32, row, 0, row.length, ScalarMemory.row(x, token));
    }
  }

  /** The sum of squares is taken in F64; the rest is F32, {@code (x * scale) * weight}. */
  @Override
  public void rmsNorm(Tensor x, Tensor weight, float epsilon, Tensor out) {
    int hidden = x.columns();
    OpsChecks.shape("Norm input", x, DType.F32, x.rows(), hidden);
    OpsChecks.shape("Norm weight", weight, DType.F32, 1, hidden);
    OpsChecks.shape("Norm output", out, out.dtype(), x.rows(), hidden);
    float[] row = new float[hidden];
    float[] weights = new float[hidden];
    ScalarMemory.read(DType.F32, weight.address(), weights, 0, hidden);
    for (int token = 0; token < x.rows(); token++) {
      ScalarMemory.read(DType.F32, ScalarMemory.row(x, token), row, 0, hidden);
      double squares = 0;
      for (float value : row) {
        squares += (double) value * value;
      }
      float scale = (float) (1 / Math.sqrt(squares / hidden + epsilon));
      for (int i = 0; i < hidden; i++) {
        row[i] = row[i] * scale * weights[i];
      }
      ScalarMemory.write(out.dtype(), row, 0, hidden, ScalarMemory.row(out, token));
    }
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
    projections.qkv(normed, qkv, new Step(shape, rope, batch), cache, queries);
  }

  @Override
  public void queries(
      Tensor normed,
      Projection q,
      AttentionShape shape,
      RopeTable rope,
      RaggedBatch batch,
      Tensor queries) {
    projections.queries(normed, q, new Step(shape, rope, batch), queries);
  }

  @Override
  public void laterKv(
      Tensor normed,
      Projection laterKv,
      AttentionShape shape,
      RopeTable rope,
      RaggedBatch batch,
      List<PagedKv> caches) {
    projections.laterKv(normed, laterKv, new Step(shape, rope, batch), caches);
  }

  @Override
  public void attend(
      Tensor queries, AttentionShape shape, PagedKv cache, RaggedBatch batch, Tensor out) {
    int columns = shape.queryColumns();
    OpsChecks.cache(cache, shape);
    OpsChecks.blockTables(cache, batch);
    OpsChecks.shape("Queries", queries, queries.dtype(), batch.tokenCount(), columns);
    OpsChecks.shape("Attention output", out, queries.dtype(), batch.tokenCount(), columns);
    attention.attend(queries, shape, cache, batch, out);
  }

  @Override
  public void projectAdd(Tensor input, Projection projection, Tensor x) {
    OpsChecks.product(input, projection.weight(), x.columns());
    OpsChecks.shape("Residual", x, DType.F32, input.rows(), x.columns());
    product.add(input, packed(projection.weight()), projection.biasOrNull(), x);
  }

  @Override
  public void gatedFfn(Tensor normed, WeightMatrix gateUp, WeightMatrix down, Tensor x) {
    OpsChecks.product(normed, gateUp, 2 * down.columns());
    OpsChecks.shape("Residual", x, DType.F32, normed.rows(), down.rows());
    for (int from = 0; from < normed.rows(); from += TILE) {
      int count = Math.min(TILE, normed.rows() - from);
      Tensor both = projected.tensor(DType.F32, count, gateUp.rows());
      Tensor hidden = activated.tensor(down.dtype(), count, down.columns());
      product.set(normed.slice(from, count), packed(gateUp), null, both);
      threads.forEach(count, token -> activate(both, hidden, token));
      product.add(hidden, packed(down), null, x.slice(from, count));
    }
  }

  @Override
  public void gatherRows(Tensor x, RaggedBatch batch, Tensor out) {
    OpsChecks.gatheredRows(x, batch, out);
    for (int row = 0; row < batch.logitCount(); row++) {
      int from = batch.logitRows().get(row);
      HostMemory.copy(ScalarMemory.row(x, from), ScalarMemory.row(out, row), 4L * x.columns());
    }
  }

  @Override
  public void logits(Tensor normed, WeightMatrix head, Tensor logits) {
    OpsChecks.product(normed, head, logits.columns());
    OpsChecks.shape("Logits", logits, DType.F32, normed.rows(), head.rows());
    product.set(normed, packed(head), null, logits);
  }

  @Override
  public void sample(Tensor logits, SamplingBatch sampling, int[] tokens) {
    OpsChecks.sampling(logits, sampling, tokens);
    sampler.sample(logits, sampling, tokens);
  }

  @Override
  public void close() {
    projected.close();
    activated.close();
  }

  static ScalarWeightMatrix packed(WeightMatrix weight) {
    if (weight instanceof ScalarWeightMatrix scalar) {
      return scalar;
    }
    throw new IllegalArgumentException(
        "Weight %s was packed by another backend than scalar".formatted(weight.name()));
  }

  /** {@code hidden[i] = silu(gate_i) * up_i}; silu in F64, rounded to F32 before the product. */
  private static void activate(Tensor both, Tensor hidden, int token) {
    float[] gateUp = new float[both.columns()];
    float[] result = new float[hidden.columns()];
    ScalarMemory.read(DType.F32, ScalarMemory.row(both, token), gateUp, 0, gateUp.length);
    for (int i = 0; i < result.length; i++) {
      double gate = gateUp[2 * i];
      float silu = (float) (gate / (1 + Math.exp(-gate)));
      result[i] = silu * gateUp[2 * i + 1];
    }
    ScalarMemory.write(hidden.dtype(), result, 0, result.length, ScalarMemory.row(hidden, token));
  }
}
