package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.AttentionShape;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.Ops;
import dev.swiftkv.kernels.OpsChecks;
import dev.swiftkv.kernels.PagedKv;
import dev.swiftkv.kernels.Projection;
import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kernels.RopeTable;
import dev.swiftkv.kernels.SamplingBatch;
import dev.swiftkv.kernels.Tensor;
import dev.swiftkv.kernels.WeightMatrix;
import dev.swiftkv.kernels.cuda.ProductKernels.Epilogue;
import java.util.ArrayList;
import java.util.List;

/**
 * Checks the arguments of every operation, then launches its kernels on one stream and returns.
 * Decoding steps are recorded as graphs, see {@link StepGraphs}.
 */
final class CudaOps implements Ops, AutoCloseable {
  private static final int ROW_THREADS = 128;
  private static final int NORM_THREADS = 256;

  private final CudaStream stream;
  private final KernelArguments arguments;
  private final BatchStaging staging;
  private final StepGraphs graphs;
  private final CudaProducts products;
  private final CudaProjections projections;
  private final CudaAttention attention;
  private final CudaSampling sampling;
  private final CudaKernel embedBf16;
  private final CudaKernel embedF32;
  private final CudaKernel rmsNormBf16;
  private final CudaKernel rmsNormF32;
  private final CudaKernel gatherRows;

  /** A list for operations with one cache, so that none is made for each. */
  private final List<PagedKv> oneCache = new ArrayList<>(1);

  CudaOps(
      CudaContext context,
      CudaStream stream,
      CudaTransfers transfers,
      CudaScratch scratch,
      KernelArguments arguments) {
    this.stream = stream;
    this.arguments = arguments;
    attention = new CudaAttention(context, stream, scratch, arguments);
    staging = new BatchStaging(context, stream, new BatchPacker(AttentionKernels.TILE_TOKENS));
    graphs = new StepGraphs(context.memory(), stream);
    products = new CudaProducts(context, stream, scratch, arguments);
    projections = new CudaProjections(context, stream, transfers, scratch, products, arguments);
    sampling = new CudaSampling(context, stream, scratch, arguments);
    embedBf16 = context.kernel("embed_bf16");
    embedF32 = context.kernel("embed_f32");
    rmsNormBf16 = context.kernel("rms_norm_bf16");
    rmsNormF32 = context.kernel("rms_norm_f32");
    gatherRows = context.kernel("gather_rows");
  }

  /** The kernels in use, for people. */
  String description() {
    return "%s, %s".formatted(products.description(), attention.description());
  }

  @Override
  public void stage(RaggedBatch batch) {
    staging.stage(batch);
  }

  @Override
  public void embed(WeightMatrix table, RaggedBatch batch, Tensor x) {
    OpsChecks.shape("Embeddings", x, DType.F32, batch.tokenCount(), table.columns());
    StagedBatch staged = staging.of(batch);
    staged.checks().tokenIds(table);
    int rows = graphs.rows(x);
    if (rows == 0) {
      return;
    }
    long from = CudaWeightMatrix.of(table).address();
    ArgumentStructs.embed(arguments, from, staged.address(), x.address(), rows, x.columns());
    CudaKernel kernel = table.dtype() == DType.BF16 ? embedBf16 : embedF32;
    stream.launch(kernel, rows, 1, ROW_THREADS, 0, arguments);
  }

  @Override
  public void rmsNorm(Tensor x, Tensor weight, float epsilon, Tensor out) {
    int hidden = x.columns();
    OpsChecks.shape("Norm input", x, DType.F32, x.rows(), hidden);
    OpsChecks.shape("Norm weight", weight, DType.F32, 1, hidden);
    OpsChecks.shape("Norm output", out, computeType(out), x.rows(), hidden);
    int rows = graphs.rows(x, out);
    if (rows == 0) {
      return;
    }
    ArgumentStructs.rmsNorm(
        arguments, x.address(), weight.address(), out.address(), rows, hidden, epsilon);
    CudaKernel kernel = out.dtype() == DType.BF16 ? rmsNormBf16 : rmsNormF32;
    stream.launch(kernel, rows, 1, NORM_THREADS, 0, arguments);
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
    check(normed, qkv, shape.queryColumns() + 2 * shape.kvColumns(), shape, rope, batch);
    OpsChecks.shape("Queries", queries, normed.dtype(), batch.tokenCount(), shape.queryColumns());
    checkCache(cache, shape, normed.dtype(), batch);
    oneCache.clear();
    oneCache.add(cache);
    project(normed, qkv, shape, rope, batch, oneCache, queries);
  }

  @Override
  public void queries(
      Tensor normed,
      Projection q,
      AttentionShape shape,
      RopeTable rope,
      RaggedBatch batch,
      Tensor queries) {
    check(normed, q, shape.queryColumns(), shape, rope, batch);
    OpsChecks.shape("Queries", queries, normed.dtype(), batch.tokenCount(), shape.queryColumns());
    project(normed, q, shape, rope, batch, List.of(), queries);
  }

  @Override
  public void laterKv(
      Tensor normed,
      Projection laterKv,
      AttentionShape shape,
      RopeTable rope,
      RaggedBatch batch,
      List<PagedKv> caches) {
    check(normed, laterKv, 2 * shape.kvColumns() * caches.size(), shape, rope, batch);
    for (int i = 0; i < caches.size(); i++) {
      checkCache(caches.get(i), shape, normed.dtype(), batch);
    }
    project(normed, laterKv, shape, rope, batch, caches, null);
  }

  @Override
  public void attend(
      Tensor queries, AttentionShape shape, PagedKv cache, RaggedBatch batch, Tensor out) {
    int columns = shape.queryColumns();
    StagedBatch staged = staging.of(batch);
    OpsChecks.cache(cache, shape);
    staged.checks().blockTables(cache);
    OpsChecks.shape("Queries", queries, computeType(queries), batch.tokenCount(), columns);
    OpsChecks.shape("Attention output", out, queries.dtype(), batch.tokenCount(), columns);
    checkType(cache, queries.dtype());
    attention.attend(queries, shape, cache, staged, out, graphs);
  }

  @Override
  public void projectAdd(Tensor input, Projection projection, Tensor x) {
    WeightMatrix weight = projection.weight();
    OpsChecks.product(input, weight, x.columns());
    OpsChecks.shape("Residual", x, DType.F32, input.rows(), x.columns());
    product(Epilogue.ADD, input, weight, projection.biasOrNull(), x);
  }

  @Override
  public void gatedFfn(Tensor normed, WeightMatrix gateUp, WeightMatrix down, Tensor x) {
    OpsChecks.product(normed, gateUp, 2 * down.columns());
    OpsChecks.shape("Residual", x, DType.F32, normed.rows(), down.rows());
    if (gateUp.dtype() != down.dtype()) {
      throw new IllegalArgumentException(
          "Weights %s and %s must have one type, got %s and %s"
              .formatted(gateUp.name(), down.name(), gateUp.dtype(), down.dtype()));
    }
    int rows = graphs.rows(normed, x);
    if (rows > 0) {
      CudaWeightMatrix first = CudaWeightMatrix.of(gateUp);
      CudaWeightMatrix second = CudaWeightMatrix.of(down);
      products.gatedFfn(normed.address(), first, second, x.address(), rows);
    }
  }

  @Override
  public void gatherRows(Tensor x, RaggedBatch batch, Tensor out) {
    OpsChecks.gatheredRows(x, batch, out);
    int rows = graphs.rows(out);
    if (rows == 0) {
      return;
    }
    long view = staging.of(batch).address();
    ArgumentStructs.gatherRows(arguments, x.address(), view, out.address(), rows, x.columns());
    stream.launch(gatherRows, rows, 1, ROW_THREADS, 0, arguments);
  }

  @Override
  public void logits(Tensor normed, WeightMatrix head, Tensor logits) {
    OpsChecks.product(normed, head, logits.columns());
    OpsChecks.shape("Logits", logits, DType.F32, normed.rows(), head.rows());
    product(Epilogue.STORE, normed, head, null, logits);
  }

  @Override
  public void sample(Tensor logits, SamplingBatch batch, int[] tokens) {
    startSample(logits, batch, tokens);
    awaitSample();
  }

  @Override
  public void startSample(Tensor logits, SamplingBatch batch, int[] tokens) {
    OpsChecks.sampling(logits, batch, tokens);
    sampling.start(logits, batch, tokens);
  }

  @Override
  public void awaitSample() {
    sampling.await();
  }

  @Override
  public boolean runsInBackground() {
    return true;
  }

  @Override
  public void step(RaggedBatch batch, Runnable operations) {
    graphs.run(staging.of(batch), operations);
  }

  @Override
  public void finish() {
    stream.synchronize();
  }

  @Override
  public void close() {
    sampling.close();
    staging.close();
  }

  private void product(
      Epilogue epilogue, Tensor input, WeightMatrix weight, Tensor biasOrNull, Tensor output) {
    int rows = graphs.rows(input, output);
    if (rows > 0) {
      CudaWeightMatrix own = CudaWeightMatrix.of(weight);
      products.run(epilogue, input.address(), own, biasOrNull, output.address(), rows);
    }
  }

  private void project(
      Tensor normed,
      Projection projection,
      AttentionShape shape,
      RopeTable rope,
      RaggedBatch batch,
      List<PagedKv> caches,
      Tensor queriesOrNull) {
    int rows = queriesOrNull == null ? graphs.rows(normed) : graphs.rows(normed, queriesOrNull);
    long queries = queriesOrNull == null ? 0 : queriesOrNull.address();
    if (rows > 0) {
      StagedBatch staged = staging.of(batch);
      projections.run(normed.address(), projection, shape, rope, staged, caches, queries, rows);
    }
  }

  private void check(
      Tensor normed,
      Projection projection,
      int columns,
      AttentionShape shape,
      RopeTable rope,
      RaggedBatch batch) {
    OpsChecks.rope(rope, shape);
    staging.of(batch).checks().positions(rope);
    OpsChecks.tokens("Normed input", normed, batch);
    OpsChecks.product(normed, projection.weight(), columns);
  }

  private void checkCache(PagedKv cache, AttentionShape shape, DType dtype, RaggedBatch batch) {
    OpsChecks.cache(cache, shape);
    staging.of(batch).checks().slots(cache);
    checkType(cache, dtype);
  }

  private static void checkType(PagedKv cache, DType dtype) {
    if (cache.shape().dtype() != dtype) {
      throw new IllegalArgumentException(
          "On a GPU the KV cache has the compute type %s, got %s"
              .formatted(dtype, cache.shape().dtype()));
    }
  }

  private static DType computeType(Tensor tensor) {
    return tensor.dtype() == DType.BF16 ? DType.BF16 : DType.F32;
  }
}
