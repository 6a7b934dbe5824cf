package dev.swiftkv.engine.tokenizer;

/** Replaces halves of surrogate pairs, which no UTF-8 can carry, by U+FFFD. */
final class WellFormedText {
  private static final char REPLACEMENT = '\uFFFD';

  private WellFormedText() {}

  static String of(CharSequence text) {
    int first = firstLoneSurrogate(text, 0);
    if (first < 0) {
      return text.toString();
    }
    StringBuilder result = new StringBuilder(text);
    for (int at = first; at >= 0; at = firstLoneSurrogate(result, at)) {
      result.setCharAt(at, REPLACEMENT);
    }
    return result.toString();
  }

  private static int firstLoneSurrogate(CharSequence text, int from) {
    int length = text.length();
    for (int i = from; i < length; i++) {
      char character = text.charAt(i);
      if (!Character.isSurrogate(character)) {
        continue;
      }
      boolean paired =
          Character.isHighSurrogate(character)
              && i + 1 < length
              && Character.isLowSurrogate(text.charAt(i + 1));
      if (!paired) {
        return i;
      }
      i++;
    }
    return -1;
  }
}
