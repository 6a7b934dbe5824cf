package dev.swiftkv.engine.constraint;

/** How many bytes JSON takes for the characters of a string. */
final class JsonText {
  private static final int LAST_CONTROL = 0x1F;
  private static final String SHORT_ESCAPES = "\b\f\n\r\t\"\\";

  private JsonText() {}

  /** Fewest bytes of a code point. */
  static int bytes(int point) {
    if (SHORT_ESCAPES.indexOf(point) >= 0) {
      return 2;
    }
    if (point <= LAST_CONTROL) {
      return 6;
    }
    return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }

  /** Fewest bytes of a text. */
  static int bytes(String text) {
    return text.codePoints().map(JsonText::bytes).sum();
  }

  /** A code point of a range that takes the fewest bytes, the first such; -1 if all are halves. */
  static int cheapest(int from, int to) {
    for (int start : new int[] {' ', '#', ']'}) {
      int end = start == ' ' ? '!' : start == '#' ? '[' : 0x7F;
      if (Math.max(from, start) <= Math.min(to, end)) {
        return Math.max(from, start);
      }
    }
    for (int point = from; point <= Math.min(to, '\\'); point++) {
      if (SHORT_ESCAPES.indexOf(point) >= 0) {
        return point;
      }
    }
    if (to >= 0x80 && from < 0x10000) {
      int point = Math.max(from, 0x80);
      point = point >= 0xD800 && point <= 0xDFFF ? 0xE000 : point;
      if (point <= to) {
        return point;
      }
      return from <= LAST_CONTROL ? from : -1;
    }
    return from >= 0xD800 && to <= 0xDFFF ? -1 : from;
  }
}
