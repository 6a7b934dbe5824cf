package dev.swiftkv.engine.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The bytes behind each token of a byte-level vocabulary, in one array. Byte-level tokenizers write
 * every byte as one printable character: the printable bytes of Latin-1 as themselves, the others,
 * in order, as U+0100 and up (the map of GPT-2's encoder).
 */
public final class TokenBytes {
  private static final int BYTES = 256;
  private static final Pattern BYTE_TOKEN = Pattern.compile("<0x[0-9A-F]{2}>");

  private final int[] starts;
  private final byte[] bytes;

  private final boolean dropsFirstSpace;

  private TokenBytes(int[] starts, byte[] bytes, boolean dropsFirstSpace) {
    this.starts = starts;
    this.bytes = bytes;
    this.dropsFirstSpace = dropsFirstSpace;
  }

  /**
   * Bytes of a vocabulary.
   *
   * @param tokens by id, null where no token has the id
   */
  static TokenBytes of(List<String> tokens) {
    int[] byteOfCharacter = byteOfCharacter();
    int[] starts = new int[tokens.size() + 1];
    ByteArrayOutputStream all = new ByteArrayOutputStream(8 * tokens.size());
    for (int id = 0; id < tokens.size(); id++) {
      String token = tokens.get(id);
      if (token != null) {
        all.writeBytes(bytesOf(token, byteOfCharacter));
      }
      starts[id + 1] = all.size();
    }
    return new TokenBytes(starts, all.toByteArray(), false);
  }

  /**
   * Bytes of a vocabulary of word pieces, where {@code <0x0A>} stands for one byte.
   *
   * @param tokens by id, null where no token has the id
   * @param spaceMark what stands for a space in them
   * @param dropsFirstSpace whether a space that begins the text is left out
   */
  static TokenBytes ofPieces(List<String> tokens, String spaceMark, boolean dropsFirstSpace) {
    int[] starts = new int[tokens.size() + 1];
    ByteArrayOutputStream all = new ByteArrayOutputStream(8 * tokens.size());
    for (int id = 0; id < tokens.size(); id++) {
      String token = tokens.get(id);
      if (token != null && BYTE_TOKEN.matcher(token).matches()) {
        all.write(Integer.parseInt(token.substring(3, 5), 16));
      } else if (token != null) {
        all.writeBytes(token.replace(spaceMark, " ").getBytes(StandardCharsets.UTF_8));
      }
      starts[id + 1] = all.size();
    }
    return new TokenBytes(starts, all.toByteArray(), dropsFirstSpace);
  }

  /** One more than the largest id. */
  public int vocabularySize() {
    return starts.length - 1;
  }

  /** Whether a space that begins the text of a completion is left out of it. */
  public boolean dropsFirstSpace() {
    return dropsFirstSpace;
  }

  /** Bytes of one token. */
  public int length(int id) {
    return id < 0 || id >= starts.length - 1 ? 0 : starts[id + 1] - starts[id];
  }

  /** One byte of a token, from 0 to 255. */
  public int value(int id, int index) {
    return bytes[starts[id] + index] & 0xFF;
  }

  /** Appends the bytes of a token; an unknown id has none. */
  public void append(int id, ByteBuffer target) {
    int length = length(id);
    if (length > 0) {
      target.put(bytes, starts[id], length);
    }
  }

  /** A token with a character outside the map stands for its own UTF-8. */
  private static byte[] bytesOf(String token, int[] byteOfCharacter) {
    byte[] result = new byte[token.length()];
    for (int i = 0; i < result.length; i++) {
      char character = token.charAt(i);
      int value = character < byteOfCharacter.length ? byteOfCharacter[character] : -1;
      if (value < 0) {
        return token.getBytes(StandardCharsets.UTF_8);
      }
      result[i] = (byte) value;
    }
    return result;
  }

  private static int[] byteOfCharacter() {
    int[] result = new int[2 * BYTES];
    Arrays.fill(result, -1);
    int next = BYTES;
    for (int value = 0; value < BYTES; value++) {
      boolean printable =
          (value >= '!' && value <= '~') || (value >= 0xA1 && value <= 0xFF && value != 0xAD);
      result[printable ? value : next++] = value;
    }
    return result;
  }
}
