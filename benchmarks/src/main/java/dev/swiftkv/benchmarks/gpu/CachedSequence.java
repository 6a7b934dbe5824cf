package dev.swiftkv.benchmarks.gpu;

import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.PagedKv;
import dev.swiftkv.kernels.Projection;
import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kernels.RopeTable;
import dev.swiftkv.kernels.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A sequence whose keys and values go to pages and are read back by attention, the only one that
 * knows their layout. It can be read whole, in chunks, token by token, and beside others; the
 * attended rows must not tell.
 */
final class CachedSequence {
  // Not a number as one F32 and as two BF16.
  private static final float NAN_IN_EVERY_TYPE = Float.intBitsToFloat(0x7fc07fc0);

  private final Workbench bench;
  private final Shape shape;
  private final int length;
  private final int inputs;
  private final boolean later;
  private final int blocks;
  private final RopeTable rope;
  private final Projection keysAndValues;
  private final Projection queries;
  private final List<PagedKv> caches;
  private final RaggedBatch batch;
  private final Tensor normed;
  private final Tensor asked;
  private final Tensor attended;

  /**
   * Prepares a sequence.
   *
   * @param length of the sequence
   * @param inputs columns of what the projections read
   * @param later whether keys and values come from one product for all later caches
   * @param beside tokens of other sequences that there is room for
   */
  CachedSequence(Workbench bench, Shape shape, int length, int inputs, boolean later, int beside) {
    this.bench = bench;
    this.shape = shape;
    this.length = length;
    this.inputs = inputs;
    this.later = later;
    blocks = (length - 1) / Shape.BLOCK_TOKENS + 1;
    int sequences = 1 + (beside + length - 1) / length;
    int tokens = sequences * length;
    int queryColumns = shape.attention().queryColumns();
    rope = bench.rope(shape, length);
    int rows = later ? shape.laterKvColumns() : shape.qkvColumns();
    keysAndValues = Projection.of(bench.weight("kv", NoiseSource.of(21, rows, inputs)));
    queries =
        later
            ? Projection.of(bench.weight("query", NoiseSource.of(22, queryColumns, inputs)))
            : keysAndValues;
    caches =
        IntStream.range(0, later ? shape.laterCaches() : 1)
            .mapToObj(i -> bench.cache(shape, sequences * blocks))
            .toList();
    poison(sequences * blocks);
    batch = bench.batch(tokens, sequences, blocks);
    normed = bench.tensor(DType.BF16, tokens, inputs);
    asked = bench.tensor(DType.BF16, tokens, queryColumns);
    attended = bench.tensor(DType.BF16, tokens, queryColumns);
  }

  /** Attended rows [tokens of the tail * looked-at caches] after the sequence was read in one. */
  float[] whole(int tail) {
    return inChunks(length, tail);
  }

  /** The same, read in steps of {@code chunk} tokens. */
  float[] inChunks(int chunk, int tail) {
    poison(blocks);
    Rows rows = new Rows(tail);
    for (int from = 0; from < length; from += chunk) {
      int to = Math.min(from + chunk, length);
      step(0, from, to);
      rows.addFrom(from, to);
    }
    return rows.all();
  }

  /** The same, the last {@code tail} tokens one by one. */
  float[] decoded(int tail) {
    poison(blocks);
    Rows rows = new Rows(tail);
    step(0, 0, length - tail);
    for (int position = length - tail; position < length; position++) {
      step(0, position, position + 1);
      rows.addFrom(position, position + 1);
    }
    return rows.all();
  }

  /** The same, in one step with other sequences of {@code others} tokens in all, before it. */
  float[] beside(int others, int tail) {
    poison(blocks);
    Rows rows = new Rows(tail);
    step(others, 0, length);
    rows.addFrom(0, length);
    return rows.all();
  }

  /** Writes keys and values; queries are in {@link #asked} then, the sequence's rows last. */
  private void step(int others, int from, int to) {
    batch.clear();
    int block = blocks;
    for (int rest = others; rest > 0; rest -= length, block += blocks) {
      Workbench.addSequence(batch, 0, Math.min(rest, length), block, shape.vocabulary());
    }
    Workbench.addSequence(batch, from, to, 0, shape.vocabulary());
    bench.ops().stage(batch);
    int[] rows = new int[batch.tokenCount()];
    Arrays.setAll(rows, i -> i < others ? length + i : from + i - others);
    Tensor in = normed.firstRows(rows.length);
    bench.backend().upload(Workbench.noiseRows(23, rows, inputs), in);
    Tensor out = poisonedRows(asked.firstRows(rows.length));
    var attention = shape.attention();
    if (later) {
      bench.ops().laterKv(in, keysAndValues, attention, rope, batch, caches);
      bench.ops().queries(in, queries, attention, rope, batch, out);
    } else {
      bench.ops().qkv(in, queries, attention, rope, batch, caches.get(0), out);
    }
  }

  private Tensor poisonedRows(Tensor tensor) {
    float[] poison = new float[tensor.rows() * tensor.columns()];
    Arrays.fill(poison, Float.NaN);
    bench.backend().upload(poison, tensor);
    return tensor;
  }

  /** Slots that nobody wrote hold NaN, and must not show. */
  private void poison(int firstBlocks) {
    for (PagedKv cache : caches) {
      long bytes = bench.backend().kvBytesPerBlock(shape.kvShape()) * firstBlocks;
      float[] poison = new float[(int) (bytes / Float.BYTES)];
      Arrays.fill(poison, NAN_IN_EVERY_TYPE);
      bench.backend().upload(poison, new Tensor(DType.F32, cache.keys(), 1, poison.length));
      bench.backend().upload(poison, new Tensor(DType.F32, cache.values(), 1, poison.length));
    }
  }

  /** Attended rows of the last tokens, of the first and the last cache. */
  private final class Rows {
    private final int tail;
    private final float[] all;

    Rows(int tail) {
      this.tail = tail;
      all = new float[lookedAt().size() * tail * shape.attention().queryColumns()];
      Arrays.fill(all, Float.NaN);
    }

    /** Attends for the tokens [from, to) of the step just run, if any are in the tail. */
    void addFrom(int from, int to) {
      if (to <= length - tail) {
        return;
      }
      int columns = shape.attention().queryColumns();
      int tokens = batch.tokenCount();
      int first = Math.max(from, length - tail);
      for (int i = 0; i < lookedAt().size(); i++) {
        Tensor out = poisonedRows(attended.firstRows(tokens));
        bench
            .ops()
            .attend(asked.firstRows(tokens), shape.attention(), lookedAt().get(i), batch, out);
        float[] values = bench.values(out);
        System.arraycopy(
            values,
            (tokens - (to - first)) * columns,
            all,
            (i * tail + first - (length - tail)) * columns,
            (to - first) * columns);
      }
    }

    float[] all() {
      return all;
    }

    private List<PagedKv> lookedAt() {
      return caches.size() == 1 ? caches : List.of(caches.get(0), caches.get(caches.size() - 1));
    }
  }
}
