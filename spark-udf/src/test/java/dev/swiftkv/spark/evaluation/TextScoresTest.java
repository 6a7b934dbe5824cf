package dev.swiftkv.spark.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class TextScoresTest {
  @Test
  void exactMatchIgnoresWhiteSpaceAround() {
    assertThat(TextScores.exact(" yes\n", "yes")).isTrue();
    assertThat(TextScores.exact("Yes", "yes")).isFalse();
    assertThat(TextScores.exact(null, "")).isFalse();
  }

  @Test
  void rougeCountsTheLongestCommonSubsequenceOfWords() {
    // Common: the cat sat; 3 of 4 and 3 of 5 words.
    assertThat(TextScores.rougeL("The cat, sat quietly", "the big cat sat down"))
        .isCloseTo(2 * 3.0 / 9, within(1e-12));
    assertThat(TextScores.rougeL("b a", "a b")).isCloseTo(0.5, within(1e-12));
    assertThat(TextScores.rougeL("same words", "Same words.")).isEqualTo(1);
    assertThat(TextScores.rougeL("other", "words")).isZero();
    assertThat(TextScores.rougeL(null, "words")).isZero();
    assertThat(TextScores.rougeL("", "words")).isZero();
    assertThat(TextScores.rougeL("", "")).isEqualTo(1);
    assertThat(TextScores.rougeL(null, "")).isZero();
  }
}
