package dev.swiftkv.engine.tokenizer;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Reads the fields of one protocol buffer, in their order (Protocol Buffers encoding). */
final class WireReader {
  private static final int VARINT = 0;
  private static final int EIGHT_BYTES = 1;
  private static final int LENGTH_DELIMITED = 2;
  private static final int FOUR_BYTES = 5;
  private static final int TYPE_BITS = 3;
  private static final int PAYLOAD_BITS = 7;
  private static final int LONGEST_VARINT = 70;

  private final ByteBuffer buffer;
  private int field;
  private long number;
  private byte[] bytes = new byte[0];

  WireReader(byte[] message) {
    buffer = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Moves to the next field; false at the end.
   *
   * @throws IOException if the bytes are no protocol buffer
   */
  boolean next() throws IOException {
    if (!buffer.hasRemaining()) {
      return false;
    }
    try {
      long key = varint();
      field = (int) (key >>> TYPE_BITS);
      switch ((int) key & 7) {
        case VARINT -> number = varint();
        case EIGHT_BYTES -> number = buffer.getLong();
        case FOUR_BYTES -> number = buffer.getInt();
        case LENGTH_DELIMITED -> {
          long length = varint();
          if (length < 0 || length > buffer.remaining()) {
            throw new IOException("a field is longer than the file");
          }
          bytes = new byte[(int) length];
          buffer.get(bytes);
        }
        default -> throw new IOException("a field has no known type");
      }
    } catch (BufferUnderflowException e) {
      throw new IOException("the file ends within a field", e);
    }
    return true;
  }

  int field() {
    return field;
  }

  /** Value of a numeric field; for four or eight bytes their bits. */
  long number() {
    return number;
  }

  /** Value of any other field. */
  byte[] bytes() {
    return bytes;
  }

  private long varint() throws IOException {
    long value = 0;
    for (int shift = 0; shift < LONGEST_VARINT; shift += PAYLOAD_BITS) {
      byte part = buffer.get();
      value |= (long) (part & 0x7F) << shift;
      if (part >= 0) {
        return value;
      }
    }
    throw new IOException("a number has no end");
  }
}
