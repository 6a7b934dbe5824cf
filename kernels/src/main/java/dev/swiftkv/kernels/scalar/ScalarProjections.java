package dev.swiftkv.kernels.scalar;

import dev.swiftkv.kernels.AttentionShape;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.OpsChecks;
import dev.swiftkv.kernels.PagedKv;
import dev.swiftkv.kernels.Projection;
import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kernels.RopeTable;
import dev.swiftkv.kernels.Tensor;
import java.util.List;

/**
 * Products whose outputs are queries, keys and values: bias and rotation are applied in F32, then
 * queries are rounded to the compute type and keys and values to the type of the cache.
 */
final class ScalarProjections {
  private final ScalarThreads threads;
  private final ScalarProduct product;
  private final ScalarScratch projected;

  ScalarProjections(ScalarThreads threads, ScalarProduct product, ScalarScratch projected) {
    this.threads = threads;
    this.product = product;
    this.projected = projected;
  }

  /** What the projections of one step have in common. */
  record Step(AttentionShape shape, RopeTable rope, RaggedBatch batch) {
    Step {
      OpsChecks.rope(rope, shape);
      OpsChecks.positions(rope, batch);
    }

    ScalarRope rotation(int token) {
      return new ScalarRope(rope, batch.positions().get(token));
    }
  }

  void qkv(Tensor normed, Projection qkv, Step step, PagedKv cache, Tensor queries) {
    int queryColumns = step.shape.queryColumns();
    int columns = queryColumns + 2 * step.shape.kvColumns();
    checkQueries(normed, step, queries);
    checkCache(cache, step);
    project(
        normed,
        qkv,
        columns,
        step,
        (token, row) -> {
          writeQueries(row, step, token, queries);
          writeKv(row, queryColumns, step, token, cache);
        });
  }

  void queries(Tensor normed, Projection q, Step step, Tensor queries) {
    checkQueries(normed, step, queries);
    project(
        normed,
        q,
        step.shape.queryColumns(),
        step,
        (token, row) -> writeQueries(row, step, token, queries));
  }

  void laterKv(Tensor normed, Projection laterKv, Step step, List<PagedKv> caches) {
    int perCache = 2 * step.shape.kvColumns();
    caches.forEach(cache -> checkCache(cache, step));
    project(
        normed,
        laterKv,
        perCache * caches.size(),
        step,
        (token, row) -> {
          for (int i = 0; i < caches.size(); i++) {
            writeKv(row, i * perCache, step, token, caches.get(i));
          }
        });
  }

  private interface RowWriter {
    void write(int token, float[] row);
  }

  private void project(
      Tensor normed, Projection projection, int columns, Step step, RowWriter writer) {
    OpsChecks.tokens("Normed input", normed, step.batch);
    OpsChecks.product(normed, projection.weight(), columns);
    ScalarWeightMatrix weight = ScalarOps.packed(projection.weight());
    for (int first = 0; first < normed.rows(); first += ScalarOps.TILE) {
      int from = first;
      int count = Math.min(ScalarOps.TILE, normed.rows() - from);
      Tensor y = projected.tensor(DType.F32, count, columns);
      product.set(normed.slice(from, count), weight, projection.biasOrNull(), y);
      threads.forEach(
          count,
          i -> {
            float[] row = new float[columns];
            ScalarMemory.read(DType.F32, ScalarMemory.row(y, i), row, 0, columns);
            writer.write(from + i, row);
          });
    }
  }

  private static void checkQueries(Tensor normed, Step step, Tensor queries) {
    OpsChecks.shape(
        "Queries", queries, normed.dtype(), step.batch.tokenCount(), step.shape.queryColumns());
  }

  private static void checkCache(PagedKv cache, Step step) {
    OpsChecks.cache(cache, step.shape);
    OpsChecks.slots(cache, step.batch);
  }

  private static void writeQueries(float[] row, Step step, int token, Tensor queries) {
    step.rotation(token).rotate(row, 0, step.shape.heads());
    ScalarMemory.write(
        queries.dtype(), row, 0, queries.columns(), ScalarMemory.row(queries, token));
  }

  /** Writes the keys at {@code from} of a row, and the values that follow them, to a cache. */
  private static void writeKv(float[] row, int from, Step step, int token, PagedKv cache) {
    AttentionShape shape = step.shape;
    int values = from + shape.kvColumns();
    int slot = step.batch.slots().get(token);
    DType dtype = cache.shape().dtype();
    step.rotation(token).rotate(row, from, shape.kvHeads());
    for (int head = 0; head < shape.kvHeads(); head++) {
      long offset = ScalarPages.slotOffset(cache, slot, head);
      int at = head * shape.headSize();
      ScalarMemory.write(dtype, row, from + at, shape.headSize(), cache.keys() + offset);
      ScalarMemory.write(dtype, row, values + at, shape.headSize(), cache.values() + offset);
    }
  }
}
