package dev.swiftkv.spark.batch;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;

/** The beginning of a text, for messages. */
final class Excerpt {
  private static final int MOST_BYTES = 120;

  private Excerpt() {}

  /**
   * The beginning on one line, with an ellipsis where the text goes on.
   *
   * @param utf8 from position to limit, neither of which moves; need not be UTF-8
   */
  static String of(ByteBuffer utf8) {
    ByteBuffer start = utf8.duplicate();
    if (start.remaining() > MOST_BYTES) {
      int end = start.position() + MOST_BYTES;
      while (end > start.position() && isInsideCharacter(utf8.get(end))) {
        end--;
      }
      start.limit(end);
    }
    String text = UTF_8.decode(start).toString().replaceAll("[\\s\\p{Cntrl}]+", " ");
    return start.limit() < utf8.limit() ? text + "…" : text;
  }

  private static boolean isInsideCharacter(byte utf8) {
    return (utf8 & 0xC0) == 0x80;
  }
}
