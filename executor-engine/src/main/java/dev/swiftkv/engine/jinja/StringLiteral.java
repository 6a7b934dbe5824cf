package dev.swiftkv.engine.jinja;

/** Escapes in string literals, as Python reads them. */
final class StringLiteral {
  private static final String ESCAPED = "ntrabfv0\\'\"";
  private static final String MEANT = "\n\t\r\u0007\b\f\u000b\0\\'\"";
  private static final int HEXADECIMAL = 16;

  private StringLiteral() {}

  static String unescape(String text) {
    if (text.indexOf('\\') < 0) {
      return text;
    }
    StringBuilder result = new StringBuilder(text.length());
    int at = 0;
    while (at < text.length()) {
      char character = text.charAt(at);
      if (character != '\\' || at + 1 == text.length()) {
        result.append(character);
        at++;
      } else {
        at = appendEscape(text, at, result);
      }
    }
    return result.toString();
  }

  /** Appends what the escape at a backslash means; returns the position behind it. */
  private static int appendEscape(String text, int backslash, StringBuilder result) {
    char kind = text.charAt(backslash + 1);
    int digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
    int end = backslash + 2 + digits;
    if (digits > 0 && end <= text.length()) {
      result.appendCodePoint(Integer.parseInt(text, backslash + 2, end, HEXADECIMAL));
      return end;
    }
    int known = ESCAPED.indexOf(kind);
    if (known >= 0) {
      result.append(MEANT.charAt(known));
    } else if (kind != '\n') {
      result.append('\\').append(kind);
    }
    return backslash + 2;
  }
}
