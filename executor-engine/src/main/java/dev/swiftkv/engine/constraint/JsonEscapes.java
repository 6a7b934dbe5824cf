package dev.swiftkv.engine.constraint;

import java.util.List;

/** Escapes in JSON strings. */
final class JsonEscapes {
  private static final String LETTERS = "\"\\/bfnrt";
  private static final String MEANINGS = "\"\\/\b\f\n\r\t";

  private JsonEscapes() {}

  /** What a letter after a backslash stands for; -1 for other letters. */
  static int point(int letter) {
    int at = LETTERS.indexOf(letter);
    return at < 0 ? -1 : MEANINGS.charAt(at);
  }

  /** A range of code points without halves of surrogate pairs. */
  static List<int[]> characters(int from, int to) {
    if (to < Character.MIN_SURROGATE || from > Character.MAX_SURROGATE) {
      return List.of(new int[] {from, to});
    }
    return List.of(
        new int[] {from, Math.min(to, Character.MIN_SURROGATE - 1)},
        new int[] {Math.max(from, Character.MAX_SURROGATE + 1), to});
  }
}
