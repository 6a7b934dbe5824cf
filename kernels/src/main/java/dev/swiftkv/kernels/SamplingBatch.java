package dev.swiftkv.kernels;

/**
 * How to choose the next token of each row of logits. Rows are appended by {@link #add}; the tokens
 * that the repetition penalty applies to follow by {@link #addPenalized}, the tokens that a
 * constraint leaves by {@link #allowOnly}.
 *
 * <p>The choice, in this order, as Hugging Face's logits processors do it:
 *
 * <ol>
 *   <li>logits of tokens that are not allowed become -infinity;
 *   <li>repetition penalty p on every penalized token, in F32: {@code z > 0 ? z / p : z * p};
 *   <li>temperature 0: the largest logit, the lowest id among equals. Done;
 *   <li>sort by logit descending, the lower id first among equals; keep the first topK (0 keeps
 *       all); token i of that order has weight {@code w_i = exp((z_i - z_0) / temperature)};
 *   <li>topP below 1: keep the shortest prefix whose summed weight is at least topP times the sum
 *       of all weights left;
 *   <li>minP: drop tokens whose weight is below {@code minP * w_0};
 *   <li>take the first token at which the cumulated weight exceeds u times the sum of the weights
 *       left, or the last token where rounding lets none.
 * </ol>
 *
 * Steps 4 to 7 are in F64 (options widened from F32) and every sum runs in sorted order. A NaN
 * logit counts as -infinity, and where the largest logit is infinite it is taken; where that is
 * -infinity, the lowest allowed id. Only steps 1 and 2 change the logits in memory.
 *
 * <p>u in [0, 1) is a pure function of (seed, counter), so a row draws the same noise whatever
 * shares its step: {@code (mix(seed + 0x9E3779B97F4A7C15 * (counter + 1)) >>> 11) * 2^-53} with the
 * mixer of SplitMix64 (Steele, Lea and Flood):
 *
 * <pre>{@code
 * mix(z):  z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9
 *          z = (z ^ z >>> 27) * 0x94D049BB133111EB
 *          return z ^ z >>> 31
 * }</pre>
 */
public final class SamplingBatch implements AutoCloseable {
  /** In {@link #allowedStarts}: the row may choose any token. */
  public static final int ALL_ALLOWED = -1;

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
  private final int maxAllowedWords;
  private final long allowedWords;
  private final IntSlab allowedStarts;
  private final IntSlab firstAllowed;
  private int rowCount;
  private int penalizedCount;
  private int allowedWordCount;
  private int wordsPerRow;

  /**
   * Allocates room for the largest step without constraints.
   *
   * @param maxRows rows of logits
   * @param maxPenalized penalized tokens of all rows together
   */
  public SamplingBatch(int maxRows, int maxPenalized) {
    this(maxRows, maxPenalized, 0);
  }

  /**
   * Allocates room for the largest step.
   *
   * @param maxRows rows of logits
   * @param maxPenalized penalized tokens of all rows together
   * @param maxAllowedWords words of {@link #allowOnly} of all rows together
   */
  public SamplingBatch(int maxRows, int maxPenalized, int maxAllowedWords) {
    this.maxRows = maxRows;
    this.maxPenalized = maxPenalized;
    this.maxAllowedWords = maxAllowedWords;
    arena =
        new HostArena(
            8 * HostArena.bytesFor(maxRows, Float.BYTES)
                + HostArena.bytesFor(maxRows, Long.BYTES)
                + HostArena.bytesFor(maxAllowedWords, Long.BYTES)
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
    allowedWords = arena.take(maxAllowedWords, Long.BYTES);
    allowedStarts = arena.ints(maxRows);
    firstAllowed = arena.ints(maxRows);
  }

  /** Empties the batch. */
  public void clear() {
    rowCount = 0;
    penalizedCount = 0;
    allowedWordCount = 0;
    wordsPerRow = 0;
    penalizedStarts.set(0, 0);
  }

  /**
   * Appends a row.
   *
   * @param temperature 0 for greedy, else above 0 and finite
   * @param topK at least 0; 0 for no limit
   * @param topP in (0, 1]; 1 for no limit
   * @param minP in [0, 1]; 0 for no limit
   * @param repetitionPenalty above 0 and finite; 1 for none
   * @param seed the row's seed
   * @param counter the position of the token to choose, at least 0
   * @throws IllegalStateException if the batch is full
   * @throws IllegalArgumentException if an option is out of its range
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
      throw new IllegalStateException(
          "The sampling batch is full: it holds %d rows".formatted(maxRows));
    }
    check("temperature", temperature, temperature >= 0 && temperature < Float.POSITIVE_INFINITY);
    check("topK", topK, topK >= 0);
    check("topP", topP, topP > 0 && topP <= 1);
    check("minP", minP, minP >= 0 && minP <= 1);
    check(
        "repetitionPenalty",
        repetitionPenalty,
        repetitionPenalty > 0 && repetitionPenalty < Float.POSITIVE_INFINITY);
    check("counter", counter, counter >= 0);
    HostMemory.putFloat(temperatures + 4L * rowCount, temperature);
    HostMemory.putFloat(topPs + 4L * rowCount, topP);
    HostMemory.putFloat(minPs + 4L * rowCount, minP);
    HostMemory.putFloat(penalties + 4L * rowCount, repetitionPenalty);
    HostMemory.putLong(seeds + 8L * rowCount, seed);
    topKs.set(rowCount, topK);
    counters.set(rowCount, counter);
    allowedStarts.set(rowCount, ALL_ALLOWED);
    firstAllowed.set(rowCount, 0);
    penalizedStarts.set(++rowCount, penalizedCount);
  }

  /**
   * Adds a token, distinct within its row, that the repetition penalty of the last row applies to.
   */
  public void addPenalized(int tokenId) {
    if (rowCount == 0) {
      throw new IllegalStateException("Add a row before its penalized tokens");
    }
    if (penalizedCount == maxPenalized) {
      throw new IllegalStateException(
          "The sampling batch is full: it holds %d penalized tokens".formatted(maxPenalized));
    }
    penalizedTokens.set(penalizedCount, tokenId);
    penalizedStarts.set(rowCount, ++penalizedCount);
  }

  /**
   * Leaves the last row some tokens only. The bits are copied.
   *
   * @param bits a bit for each token of the vocabulary, the lowest id in the lowest bit of the
   *     first word; at least one is set, and all rows have as many words
   */
  public void allowOnly(long[] bits) {
    if (rowCount == 0) {
      throw new IllegalStateException("Add a row before its allowed tokens");
    }
    if (wordsPerRow != 0 && wordsPerRow != bits.length) {
      throw new IllegalArgumentException(
          "Allowed tokens of a row have %d words, those of another %d"
              .formatted(bits.length, wordsPerRow));
    }
    if (allowedWordCount + bits.length > maxAllowedWords) {
      throw new IllegalStateException(
          "The sampling batch is full: it holds %d words of allowed tokens"
              .formatted(maxAllowedWords));
    }
    firstAllowed.set(rowCount - 1, firstOf(bits));
    allowedStarts.set(rowCount - 1, allowedWordCount);
    for (int i = 0; i < bits.length; i++) {
      HostMemory.putLong(allowedWords + 8L * (allowedWordCount + i), bits[i]);
    }
    allowedWordCount += bits.length;
    wordsPerRow = bits.length;
  }

  /** Rows in the batch. */
  public int rowCount() {
    return rowCount;
  }

  /** Temperature of a row. */
  public float temperature(int row) {
    return HostMemory.getFloat(temperatures + 4L * existing(row));
  }

  /** Nucleus limit of a row. */
  public float topP(int row) {
    return HostMemory.getFloat(topPs + 4L * existing(row));
  }

  /** Relative probability floor of a row. */
  public float minP(int row) {
    return HostMemory.getFloat(minPs + 4L * existing(row));
  }

  /** Repetition penalty of a row. */
  public float repetitionPenalty(int row) {
    return HostMemory.getFloat(penalties + 4L * existing(row));
  }

  /** Seed of a row. */
  public long seed(int row) {
    return HostMemory.getLong(seeds + 8L * existing(row));
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

  /** First word of the allowed tokens of each row, or {@link #ALL_ALLOWED}. */
  public IntSlab allowedStarts() {
    return allowedStarts;
  }

  /** Lowest allowed token of each row. */
  public IntSlab firstAllowed() {
    return firstAllowed;
  }

  /** Host address of the words of {@link #allowOnly}, row after row. */
  public long allowedWords() {
    return allowedWords;
  }

  /** Words of allowed tokens of all rows together. */
  public int allowedWordCount() {
    return allowedWordCount;
  }

  /** Words of allowed tokens of each row that has them; 0 if none has. */
  public int allowedWordsPerRow() {
    return wordsPerRow;
  }

  /** Whether a token of a row may be chosen. */
  public boolean allows(int row, int tokenId) {
    int start = allowedStarts.get(existing(row));
    return start == ALL_ALLOWED
        || (HostMemory.getLong(allowedWords + 8L * (start + tokenId / Long.SIZE)) >>> tokenId & 1)
            != 0;
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

  private static int firstOf(long[] bits) {
    for (int i = 0; i < bits.length; i++) {
      if (bits[i] != 0) {
        return i * Long.SIZE + Long.numberOfTrailingZeros(bits[i]);
      }
    }
    throw new IllegalArgumentException("A row must be allowed at least one token");
  }

  private int existing(int row) {
    return OpsChecks.index("Sampling row", row, rowCount);
  }

  private static void check(String option, double value, boolean inRange) {
    if (!inRange) {
      throw new IllegalArgumentException("%s is out of range: %s".formatted(option, value));
    }
  }
}
