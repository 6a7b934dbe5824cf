package dev.swiftkv.distillation;

/**
 * A prompt with its answer, as tokens.
 *
 * @param tokenIds prompt, then answer; the array is not copied and must not change
 * @param promptTokens how many of them are the prompt, at least 1 and not all
 */
record Document(long[] tokenIds, int promptTokens) {
  int tokens() {
    return tokenIds.length;
  }

  int answerTokens() {
    return tokenIds.length - promptTokens;
  }

  /** The rows whose logits choose the answer's tokens. */
  long[] answerRows() {
    long[] rows = new long[answerTokens()];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = promptTokens - 1L + i;
    }
    return rows;
  }
}
