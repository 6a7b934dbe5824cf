package dev.swiftkv.engine.text;

import dev.swiftkv.engine.tokenizer.TokenBytes;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** For byte-level tokenizers: joins bytes and decodes every complete UTF-8 character. */
final class ByteJoiner implements TokenJoiner {
  /** Most bytes of an incomplete character. */
  private static final int LONGEST_TAIL = 3;

  private static final int INITIAL_BYTES = 64;

  private final TokenBytes tokenBytes;
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);

  /** Between calls, from 0 to position: the bytes of an incomplete character. */
  private ByteBuffer bytes = ByteBuffer.allocate(INITIAL_BYTES);

  private CharBuffer characters = CharBuffer.allocate(INITIAL_BYTES);

  ByteJoiner(TokenBytes tokenBytes) {
    this.tokenBytes = tokenBytes;
  }

  @Override
  public void accept(int id, StringBuilder target) {
    reserve(LONGEST_TAIL + tokenBytes.length(id));
    tokenBytes.append(id, bytes);
    bytes.flip();
    characters.clear();
    decoder.decode(bytes, characters, false);
    target.append(characters.flip());
    bytes.compact();
  }

  @Override
  public void appendPending(StringBuilder target) {
    if (bytes.position() > 0) {
      target.append(StandardCharsets.UTF_8.decode(bytes.duplicate().flip()));
    }
  }

  /** Every byte is at most one character. */
  private void reserve(int size) {
    if (bytes.capacity() < size) {
      bytes = ByteBuffer.allocate(2 * size).put(bytes.flip());
      characters = CharBuffer.allocate(2 * size);
    }
  }
}
