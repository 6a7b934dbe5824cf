package dev.swiftkv.engine;

/**
 * Why one row has no completion.
 *
 * @param category whose fault it is
 * @param message names the thing, the value, the limit and the remedy
 */
public record RowError(ErrorCategory category, String message) {
  /** As shown in an error column: {@code INVALID_PROMPT: …}. */
  @Override
  public String toString() {
    return category + ": " + message;
  }
}
