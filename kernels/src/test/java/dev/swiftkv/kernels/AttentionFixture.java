package dev.swiftkv.kernels;

import java.util.Arrays;
import java.util.Collections;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Sequences whose queries, keys and values are known exactly. They enter the cache through {@link
 * Ops#qkv} with the identity as weight and no rotation, since only the backend knows its pages.
 */
final class AttentionFixture {
  private final Device device;
  private final AttentionShape shape;
  private final PagedKv cache;
  private final float[][] rows;
  private final int[][] blockTables;
  private final WeightMatrix identity;
  private final RopeTable noRotation;

  /** Tokens {@code [from, to)} of a sequence, to be run in one step. */
  record Part(int sequence, int from, int to) {}

  /**
   * Makes one sequence per context length. Sequence i of equal fixtures has equal content, whatever
   * the other sequences are; the blocks of all are shuffled together.
   *
   * @param size queries, keys and values are uniform in [-size, size)
   */
  AttentionFixture(
      Device device, AttentionShape shape, KvShape kv, float size, long shuffle, int... contexts) {
    this.device = device;
    this.shape = shape;
    rows = new float[contexts.length][];
    for (int s = 0; s < contexts.length; s++) {
      rows[s] = Device.random(100 + s, contexts[s] * columns(), size, kv.dtype());
    }
    blockTables = shuffledTables(contexts, kv.blockTokens(), shuffle);
    cache = device.cache(kv, Arrays.stream(blockTables).mapToInt(table -> table.length).sum() + 2);
    identity = device.matrix(kv.dtype(), columns(), columns(), identityMatrix(columns()));
    int longest = Arrays.stream(contexts).max().orElseThrow();
    float[] ones = new float[longest * shape.headSize() / 2];
    Arrays.fill(ones, 1f);
    noRotation = device.rope(ones, new float[ones.length], longest);
  }

  /** All tokens of every sequence. */
  Part[] whole() {
    return IntStream.range(0, rows.length)
        .mapToObj(s -> new Part(s, 0, length(s)))
        .toArray(Part[]::new);
  }

  int length(int sequence) {
    return rows[sequence].length / columns();
  }

  PagedKv cache() {
    return cache;
  }

  int[] blocks(int sequence) {
    return blockTables[sequence];
  }

  /** One step: writes the keys and values of these tokens, then attends for them. */
  float[] step(Part... parts) {
    return step(cache, parts);
  }

  float[] step(PagedKv into, Part... parts) {
    try (RaggedBatch batch = batch(parts)) {
      Tensor queries = device.tensor(dtype(), batch.tokenCount(), shape.queryColumns());
      Tensor input = device.tensor(dtype(), batch.tokenCount(), columns(), rowsOf(parts));
      Projection projection = Projection.of(identity);
      device.ops().qkv(input, projection, shape, noRotation, batch, into, queries);
      Tensor out = device.tensor(dtype(), batch.tokenCount(), shape.queryColumns());
      device.ops().attend(queries, shape, into, batch, out);
      return device.values(out);
    }
  }

  /** Writes keys and values that are not numbers for these tokens. */
  void spoil(Part part) {
    try (RaggedBatch batch = batch(part)) {
      Tensor queries = device.tensor(dtype(), batch.tokenCount(), shape.queryColumns());
      Tensor input = device.tensor(dtype(), batch.tokenCount(), columns());
      device.ops().qkv(input, Projection.of(identity), shape, noRotation, batch, cache, queries);
    }
  }

  /** Attends for tokens whose keys and values are in the cache already. */
  float[] attend(Part... parts) {
    return attend(cache, queriesOf(parts), parts);
  }

  /** Attends over another cache with the same blocks, with queries given by the caller. */
  float[] attend(PagedKv other, float[] queryRows, Part... parts) {
    try (RaggedBatch batch = batch(parts)) {
      Tensor queries = device.tensor(dtype(), batch.tokenCount(), shape.queryColumns(), queryRows);
      Tensor out = device.tensor(dtype(), batch.tokenCount(), shape.queryColumns());
      device.ops().attend(queries, shape, other, batch, out);
      return device.values(out);
    }
  }

  float[] queriesOf(Part... parts) {
    float[] all = rowsOf(parts);
    int tokens = all.length / columns();
    float[] queries = new float[tokens * shape.queryColumns()];
    for (int t = 0; t < tokens; t++) {
      System.arraycopy(all, t * columns(), queries, t * shape.queryColumns(), shape.queryColumns());
    }
    return queries;
  }

  /** What {@link #step} and {@link #attend(Part...)} must give. */
  Bounded expected(Part... parts) {
    return expected(queriesOf(parts), rows, columns(), shape.queryColumns(), parts);
  }

  /**
   * What attention gives for known keys and values.
   *
   * @param kv per sequence, rows of {@code stride} with keys at {@code at} and values after them
   */
  Bounded expected(float[] queries, float[][] kv, int stride, int at, Part... parts) {
    double[] values = new double[queries.length];
    double[] bounds = new double[queries.length];
    int head = 0;
    for (Part part : parts) {
      for (int position = part.from; position < part.to; position++) {
        for (int h = 0; h < shape.heads(); h++, head++) {
          int keys = at + h / shape.groupSize() * shape.headSize();
          DoublePrecision.attend(
              queries,
              head * shape.headSize(),
              kv[part.sequence],
              stride,
              keys,
              keys + shape.kvColumns(),
              shape.headSize(),
              position + 1,
              dtype(),
              values,
              bounds);
        }
      }
    }
    return new Bounded(values, bounds).roundedTo(dtype());
  }

  /** A staged batch of these tokens. */
  RaggedBatch batch(Part... parts) {
    int tokens = Arrays.stream(parts).mapToInt(part -> part.to - part.from).sum();
    int longestTable = Arrays.stream(blockTables).mapToInt(table -> table.length).max().orElse(1);
    RaggedBatch batch = new RaggedBatch(tokens, parts.length, longestTable);
    batch.clear();
    int blockTokens = cache.shape().blockTokens();
    for (Part part : parts) {
      int[] table = blockTables[part.sequence];
      int row = batch.addSequence(part.to);
      for (int i = 0; i < table.length; i++) {
        batch.blockTables().set(row * longestTable + i, table[i]);
      }
      for (int p = part.from; p < part.to; p++) {
        batch.addToken(0, p, table[p / blockTokens] * blockTokens + p % blockTokens);
      }
    }
    device.ops().stage(batch);
    return batch;
  }

  private DType dtype() {
    return cache.shape().dtype();
  }

  private int columns() {
    return shape.queryColumns() + 2 * shape.kvColumns();
  }

  private float[] rowsOf(Part... parts) {
    int tokens = Arrays.stream(parts).mapToInt(part -> part.to - part.from).sum();
    float[] all = new float[tokens * columns()];
    int at = 0;
    for (Part part : parts) {
      int count = (part.to - part.from) * columns();
      System.arraycopy(rows[part.sequence], part.from * columns(), all, at, count);
      at += count;
    }
    return all;
  }

  private static int[][] shuffledTables(int[] contexts, int blockTokens, long seed) {
    int[] counts = Arrays.stream(contexts).map(c -> (c + blockTokens - 1) / blockTokens).toArray();
    // Block 0 stays out, so that a table read out of bounds does not find its own first block.
    var blocks =
        IntStream.rangeClosed(1, Arrays.stream(counts).sum()).boxed().collect(Collectors.toList());
    Collections.shuffle(blocks, new Random(seed));
    int[][] tables = new int[contexts.length][];
    int next = 0;
    for (int s = 0; s < tables.length; s++) {
      tables[s] = new int[counts[s]];
      for (int i = 0; i < counts[s]; i++) {
        tables[s][i] = blocks.get(next++);
      }
    }
    return tables;
  }

  private static float[] identityMatrix(int columns) {
    float[] identity = new float[columns * columns];
    for (int i = 0; i < columns; i++) {
      identity[i * columns + i] = 1f;
    }
    return identity;
  }
}
