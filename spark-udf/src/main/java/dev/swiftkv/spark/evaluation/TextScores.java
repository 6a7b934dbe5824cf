package dev.swiftkv.spark.evaluation;

import java.util.Arrays;
import java.util.Locale;

/** How close an answer is to the truth. */
final class TextScores {
  private TextScores() {}

  /** Whether both are the same but for white space around them; a missing answer is never. */
  static boolean exact(String answerOrNull, String truth) {
    return answerOrNull != null && answerOrNull.strip().equals(truth.strip());
  }

  /**
   * ROUGE-L (Lin, 2004): the harmonic mean of precision and recall of the longest common
   * subsequence of words, without regard to case and punctuation. 0 for a missing answer.
   */
  static double rougeL(String answerOrNull, String truth) {
    String[] answer = words(answerOrNull == null ? "" : answerOrNull);
    String[] wanted = words(truth);
    if (answer.length == 0 || wanted.length == 0) {
      return answerOrNull != null && answer.length == wanted.length ? 1 : 0;
    }
    double common = longestCommonSubsequence(answer, wanted);
    return 2 * common / (answer.length + wanted.length);
  }

  private static String[] words(String text) {
    return Arrays.stream(text.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}]+"))
        .filter(word -> !word.isEmpty())
        .toArray(String[]::new);
  }

  private static int longestCommonSubsequence(String[] first, String[] second) {
    int[] lengths = new int[second.length + 1];
    for (String word : first) {
      int diagonal = 0;
      for (int i = 1; i <= second.length; i++) {
        int above = lengths[i];
        lengths[i] =
            word.equals(second[i - 1]) ? diagonal + 1 : Math.max(lengths[i], lengths[i - 1]);
        diagonal = above;
      }
    }
    return lengths[second.length];
  }
}
