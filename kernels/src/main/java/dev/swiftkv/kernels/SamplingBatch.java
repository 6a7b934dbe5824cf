package dev.swiftkv.kernels;

/**
 * How to choose the next token of each row of logits. Rows are appended by {@link #add}; the tokens
 * that the repetition penalty applies to follow by {@link #addPenalized}.
 *
 * <p>The choice, in this order, as Hugging Face's logits processors do it:
 *
 * <ol>
 *   <li>repetition penalty p on every distinct penalized token: {@code z > 0 ? z / p : z * p};
 *   <li>temperature 0: the largest logit, the lowest id among equals. Done.
 *   <li>divide by the temperature; keep the topK largest (0 keeps all; ties at the limit go to
 *       lower ids);
 *   <li>topP: softmax over what is left, sorted descending (lower id first among equals), keep the
 *       shortest prefix whose probability reaches topP, at least one token;
 *   <li>minP: drop tokens whose probability is below minP times the largest;
 *   <li>renormalise; walk the kept tokens in descending order and take the first whose cumulated
 *       probability exceeds u.
 * </ol>
 *
 * u in [0, 1) is a pure function of (seed, counter): {@code mix(seed + GOLDEN * (counter + 1)) >>>
 * 11) * 2^-53} with SplitMix64's mixer and its constant 0x9E3779B97F4A7C15, so a row draws the same
 * noise whatever shares its step. Arithmetic of steps 3 to 6 is in double precision.
 */
public final class SamplingBatch implements AutoCloseable {
  private final HostArena arena;
  private final int maxRows;
  private final int maxPenalized;
  private final long temperatures;
  private final long topPs;
  private final long minPs;
  private final long penalties;
  private final long seeds;
  private final IntSlab topKs;
  private final IntSlab counters;
  private final IntSlab penalizedStarts;
  private final IntSlab penalizedTokens;
  private int rowCount;
  private int penalizedCount;

  /**
   * Allocates room for the largest step.
   *
   * @param maxRows rows of logits
   * @param maxPenalized penalized tokens of all rows together
   */
  public SamplingBatch(int maxRows, int maxPenalized) {
    this.maxRows = maxRows;
    this.maxPenalized = maxPenalized;
    arena =
        new HostArena(
            6 * HostArena.bytesFor(maxRows, Float.BYTES)
                + HostArena.bytesFor(maxRows, Long.BYTES)
                + HostArena.bytesFor(maxRows + 1L, Integer.BYTES)
                + HostArena.bytesFor(maxPenalized, Integer.BYTES));
    temperatures = arena.take(maxRows, Float.BYTES);
    topPs = arena.take(maxRows, Float.BYTES);
    minPs = arena.take(maxRows, Float.BYTES);
    penalties = arena.take(maxRows, Float.BYTES);
    seeds = arena.take(maxRows, Long.BYTES);
    topKs = arena.ints(maxRows);
    counters = arena.ints(maxRows);
    penalizedStarts = arena.ints(maxRows + 1);
    penalizedTokens = arena.ints(maxPenalized);
  }

  /** Empties the batch. */
  public void clear() {
    rowCount = 0;
    penalizedCount = 0;
    penalizedStarts.set(0, 0);
  }

  /**
   * Appends a row.
   *
   * @param temperature 0 for greedy
   * @param topK 0 for no limit
   * @param topP 1 for no limit
   * @param minP 0 for no limit
   * @param repetitionPenalty 1 for none
   * @param seed the row's seed
   * @param counter the position of the token to choose
   */
  public void add(
      float temperature,
      int topK,
      float topP,
      float minP,
      float repetitionPenalty,
      long seed,
      int counter) {
    if (rowCount == maxRows) {
      throw new IllegalStateException("A sampling batch holds %d rows".formatted(maxRows));
    }
    HostMemory.putFloat(temperatures + 4L * rowCount, temperature);
    HostMemory.putFloat(topPs + 4L * rowCount, topP);
    HostMemory.putFloat(minPs + 4L * rowCount, minP);
    HostMemory.putFloat(penalties + 4L * rowCount, repetitionPenalty);
    HostMemory.putLong(seeds + 8L * rowCount, seed);
    topKs.set(rowCount, topK);
    counters.set(rowCount, counter);
    penalizedStarts.set(++rowCount, penalizedCount);
  }

  /**
   * Adds a token, distinct within its row, that the repetition penalty of the last row applies to.
   */
  public void addPenalized(int tokenId) {
    if (penalizedCount == maxPenalized) {
      throw new IllegalStateException(
          "A sampling batch holds %d penalized tokens".formatted(maxPenalized));
    }
    penalizedTokens.set(penalizedCount, tokenId);
    penalizedStarts.set(rowCount, ++penalizedCount);
  }

  /** Rows in the batch. */
  public int rowCount() {
    return rowCount;
  }

  /** Temperature of a row. */
  public float temperature(int row) {
    return HostMemory.getFloat(temperatures + 4L * row);
  }

  /** Nucleus limit of a row. */
  public float topP(int row) {
    return HostMemory.getFloat(topPs + 4L * row);
  }

  /** Relative probability floor of a row. */
  public float minP(int row) {
    return HostMemory.getFloat(minPs + 4L * row);
  }

  /** Repetition penalty of a row. */
  public float repetitionPenalty(int row) {
    return HostMemory.getFloat(penalties + 4L * row);
  }

  /** Seed of a row. */
  public long seed(int row) {
    return HostMemory.getLong(seeds + 8L * row);
  }

  /** Most tokens kept, per row. */
  public IntSlab topKs() {
    return topKs;
  }

  /** Noise counter, per row. */
  public IntSlab counters() {
    return counters;
  }

  /** First penalized token of each row and the end of the last, [rows + 1]. */
  public IntSlab penalizedStarts() {
    return penalizedStarts;
  }

  /** Penalized token ids. */
  public IntSlab penalizedTokens() {
    return penalizedTokens;
  }

  /**
   * Host addresses of the f32 arrays temperature, topP, minP and penalty, and of the long seeds.
   */
  public long[] addresses() {
    return new long[] {temperatures, topPs, minPs, penalties, seeds};
  }

  @Override
  public void close() {
    arena.close();
  }
}
