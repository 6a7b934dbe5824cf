package dev.swiftkv.kernels.cpu;

import dev.swiftkv.kernels.AttentionShape;
import dev.swiftkv.kernels.OpsChecks;
import dev.swiftkv.kernels.PagedKv;
import dev.swiftkv.kernels.Projection;
import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kernels.RopeTable;
import dev.swiftkv.kernels.Tensor;
import java.util.List;

/** The products whose outputs are queries, keys and values. */
final class NativeProjections {
  private final long gemm;
  private final NativeScratch scratch;
  private final NativeViews views;

  NativeProjections(long gemm, NativeScratch scratch, NativeViews views) {
    this.gemm = gemm;
    this.scratch = scratch;
    this.views = views;
  }

  void qkv(
      Tensor normed,
      Projection qkv,
      AttentionShape shape,
      RopeTable rope,
      RaggedBatch batch,
      PagedKv cache,
      Tensor queries) {
    check(normed, qkv, shape.queryColumns() + 2 * shape.kvColumns(), shape, rope, batch);
    checkQueries(normed, shape, batch, queries);
    checkCache(cache, shape, batch);
    long weight = NativeCpuOps.packed(qkv.weight());
    long lacking;
    do {
      lacking =
          MatrixNatives.qkv(
              gemm,
              weight,
              bias(qkv),
              normed.address(),
              views.shape(shape),
              views.rope(rope),
              views.batch(batch),
              views.pages(cache),
              queries.address(),
              scratch.address(),
              scratch.bytes());
    } while (scratch.grew(lacking));
  }

  void queries(
      Tensor normed,
      Projection q,
      AttentionShape shape,
      RopeTable rope,
      RaggedBatch batch,
      Tensor queries) {
    check(normed, q, shape.queryColumns(), shape, rope, batch);
    checkQueries(normed, shape, batch, queries);
    long weight = NativeCpuOps.packed(q.weight());
    long lacking;
    do {
      lacking =
          MatrixNatives.queries(
              gemm,
              weight,
              bias(q),
              normed.address(),
              views.shape(shape),
              views.rope(rope),
              views.batch(batch),
              queries.address(),
              scratch.address(),
              scratch.bytes());
    } while (scratch.grew(lacking));
  }

  void laterKv(
      Tensor normed,
      Projection laterKv,
      AttentionShape shape,
      RopeTable rope,
      RaggedBatch batch,
      List<PagedKv> caches) {
    check(normed, laterKv, 2 * shape.kvColumns() * caches.size(), shape, rope, batch);
    for (PagedKv cache : caches) {
      checkCache(cache, shape, batch);
    }
    long weight = NativeCpuOps.packed(laterKv.weight());
    long lacking;
    do {
      lacking =
          MatrixNatives.laterKv(
              gemm,
              weight,
              bias(laterKv),
              normed.address(),
              views.shape(shape),
              views.rope(rope),
              views.batch(batch),
              views.pages(caches),
              caches.size(),
              scratch.address(),
              scratch.bytes());
    } while (scratch.grew(lacking));
  }

  private static long bias(Projection projection) {
    return projection.biasOrNull() == null ? 0 : projection.biasOrNull().address();
  }

  private static void check(
      Tensor normed,
      Projection projection,
      int columns,
      AttentionShape shape,
      RopeTable rope,
      RaggedBatch batch) {
    OpsChecks.rope(rope, shape);
    OpsChecks.positions(rope, batch);
    OpsChecks.tokens("Normed input", normed, batch);
    OpsChecks.product(normed, projection.weight(), columns);
  }

  private static void checkQueries(
      Tensor normed, AttentionShape shape, RaggedBatch batch, Tensor queries) {
    OpsChecks.shape("Queries", queries, normed.dtype(), batch.tokenCount(), shape.queryColumns());
  }

  private static void checkCache(PagedKv cache, AttentionShape shape, RaggedBatch batch) {
    OpsChecks.cache(cache, shape);
    OpsChecks.slots(cache, batch);
  }
}
