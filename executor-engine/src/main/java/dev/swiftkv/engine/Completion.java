package dev.swiftkv.engine;

import java.util.List;
import java.util.Optional;

/**
 * What came back for one request.
 *
 * @param text the completion without the stop string or end-of-sequence token, or the score as
 *     {@link Double#toString} writes it; empty on error
 * @param tokenIds the generated ids, the end-of-sequence token included where the model chose it,
 *     or the scored ids
 * @param finishReason why it ended
 * @param promptTokens tokens of the prompt as the model saw it
 * @param cachedTokens how many of them came from the prefix cache
 * @param logProbability the score, a natural logarithm: see {@link Request#scoring}; NaN where
 *     nothing was scored
 * @param errorOrNull why there is no completion, null unless the finish reason is ERROR
 */
public record Completion(
    String text,
    List<Integer> tokenIds,
    FinishReason finishReason,
    int promptTokens,
    int cachedTokens,
    double logProbability,
    RowError errorOrNull) {
  private static final long FIXED_HEAP_BYTES = 192;

  /** Checks that exactly failed rows carry an error. */
  public Completion {
    if ((finishReason == FinishReason.ERROR) != (errorOrNull != null)) {
      throw new IllegalArgumentException(
          "Finish reason %s with error %s".formatted(finishReason, errorOrNull));
    }
    tokenIds = TokenIds.copyOf(tokenIds);
  }

  /** What was generated, or failed to be. */
  public Completion(
      String text,
      List<Integer> tokenIds,
      FinishReason finishReason,
      int promptTokens,
      int cachedTokens,
      RowError errorOrNull) {
    this(text, tokenIds, finishReason, promptTokens, cachedTokens, Double.NaN, errorOrNull);
  }

  /** What was scored. */
  public static Completion scored(
      double logProbability, List<Integer> tokenIds, int promptTokens, int cachedTokens) {
    return new Completion(
        Double.toString(logProbability),
        tokenIds,
        FinishReason.STOP,
        promptTokens,
        cachedTokens,
        logProbability,
        null);
  }

  /** A row that failed. */
  public static Completion failed(RowError error, int promptTokens) {
    return new Completion("", List.of(), FinishReason.ERROR, promptTokens, 0, error);
  }

  /** Tokens generated or scored. */
  public int completionTokens() {
    return tokenIds.size();
  }

  /** Bytes of Java heap, estimated: what keeps many of them is bounded by it. */
  public long heapBytes() {
    long message = errorOrNull == null ? 0 : errorOrNull.message().length();
    return FIXED_HEAP_BYTES
        + Character.BYTES * (text.length() + message)
        + (long) Integer.BYTES * tokenIds.size();
  }

  /** Why the row failed, if it did. */
  public Optional<RowError> error() {
    return Optional.ofNullable(errorOrNull);
  }
}
