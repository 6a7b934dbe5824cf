package dev.swiftkv.spark;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Random;

/** Texts as tables hold them, and worse: the same ones for a seed. */
public final class RandomTexts {
  private static final int LONG_TEXT_BYTES = 1 << 20;

  private static final List<String> PIECES =
      List.of(
          "{content}",
          "{{",
          "}",
          "{max_words}",
          "%s",
          "$1\\",
          "<|begin_of_text|>",
          "<|eot_id|>",
          "</s><s>",
          "[INST]",
          "\u0000",
          "\u0007\u001b[31m",
          "\r\n\t",
          "\u2028\ufeff\u200f",
          "\ufffd\uffff",
          "\"}],\"error\":null",
          "fail",
          "long",
          "12:",
          "日本語",
          "\ud83d\ude00",
          "e\u0301",
          " ",
          "word");

  private final Random random;

  /** A sequence of texts. */
  public RandomTexts(long seed) {
    random = new Random(seed);
  }

  /** Bytes of the next text, which need not be UTF-8; null for a text that is null. */
  public byte[] next() {
    int kind = random.nextInt(2000);
    if (kind == 0) {
      return longText();
    }
    return switch (kind % 10) {
      case 1 -> null;
      case 2 -> new byte[0];
      case 3 -> anyBytes(random.nextInt(40));
      case 4 -> surrogate();
      default -> pieces().getBytes(UTF_8);
    };
  }

  private String pieces() {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(12); i >= 0; i--) {
      text.append(PIECES.get(random.nextInt(PIECES.size())));
    }
    return text.toString();
  }

  private byte[] anyBytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Half of a pair, as UTF-8 would write it if it could stand alone. */
  private byte[] surrogate() {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    text.writeBytes(pieces().getBytes(UTF_8));
    text.writeBytes(new byte[] {(byte) 0xED, (byte) (0xA0 + random.nextInt(32)), (byte) 0x80});
    text.writeBytes(pieces().getBytes(UTF_8));
    return text.toByteArray();
  }

  private byte[] longText() {
    StringBuilder text = new StringBuilder();
    while (text.length() < LONG_TEXT_BYTES) {
      text.append(pieces());
    }
    return text.toString().getBytes(UTF_8);
  }
}
