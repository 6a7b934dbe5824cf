package dev.swiftkv.engine.constraint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What the bytes of a token are within a JSON string. Plain are whole characters unescaped. */
final class PlainBytes {
  private PlainBytes() {}

  /**
   * A token.
   *
   * @param plainFrom after so many bytes, all that follow are plain
   * @param characters that begin in it
   */
  record Token(int id, int length, int plainFrom, int characters) {}

  static Token token(int id, byte[] bytes) {
    int plainFrom = 0;
    int characters = 0;
    for (byte one : bytes) {
      characters += isLater(one) ? 0 : 1;
    }
    int at = 0;
    while (at < bytes.length) {
      int length = plainLength(bytes, at);
      at += Math.max(1, length);
      plainFrom = length == 0 ? at : plainFrom;
    }
    return new Token(id, bytes.length, plainFrom, characters);
  }

  /** Whether a byte is one of a character but not its first. */
  static boolean isLater(byte one) {
    return (one & 0xC0) == 0x80;
  }

  /** Bytes of a plain character; 0 if there is none at an index. */
  private static int plainLength(byte[] bytes, int at) {
    int first = bytes[at] & 0xFF;
    if (first < 0x80) {
      return first < ' ' || first == '"' || first == '\\' ? 0 : 1;
    }
    int length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
    if (length == 0 || at + length > bytes.length) {
      return 0;
    }
    int point = first & (0x7F >> length);
    for (int i = at + 1; i < at + length; i++) {
      if (!isLater(bytes[i])) {
        return 0;
      }
      point = point << 6 | bytes[i] & 0x3F;
    }
    // Neither longer than need be, nor half of a pair, nor past the last.
    boolean isShortest = point >= (length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000);
    boolean isHalf = point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE;
    return isShortest && !isHalf && point <= Character.MAX_CODE_POINT ? length : 0;
  }

  private static String textOrNull(byte[] bytes, int from, int length) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, from, length))
          .toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  /** What tokens write, from their beginning or from a quote in them, up to a quote in them. */
  static Set<String> closings(List<byte[]> tokens) {
    Set<String> result = new HashSet<>();
    ObjectMapper json = new ObjectMapper();
    for (byte[] bytes : tokens) {
      for (int end = 0; end < bytes.length; end++) {
        for (int from = 0; bytes[end] == '"' && from <= end; from++) {
          if (from == 0 || bytes[from - 1] == '"') {
            String written = textOrNull(bytes, from, end - from);
            String text = written == null ? null : read(json, written);
            if (text != null) {
              result.add(text);
            }
          }
        }
      }
    }
    return Set.copyOf(result);
  }

  private static String read(ObjectMapper json, String written) {
    try {
      return written.indexOf('\\') < 0
          ? written
          : json.readValue('"' + written + '"', String.class);
    } catch (JsonProcessingException e) {
      return null;
    }
  }
}
