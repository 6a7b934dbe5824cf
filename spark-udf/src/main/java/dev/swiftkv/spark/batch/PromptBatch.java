package dev.swiftkv.spark.batch;

import java.nio.ByteBuffer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VarCharVector;

/**
 * Prompts on their way to the engine: one Arrow column of UTF-8, bounded in rows and bytes, filled
 * and emptied again and again. The engine reads the bytes where they lie.
 */
final class PromptBatch implements AutoCloseable {
  /** Prompts of one batch at most. */
  static final int MAX_PROMPTS = 128;

  /** Bytes after which a batch takes no further prompt; one prompt may be longer. */
  static final long MAX_BYTES = 1 << 20;

  private final VarCharVector prompts; // [size]
  private ByteBuffer data; // of all prompts; null until one is read
  private int size;
  private long bytes;

  PromptBatch(BufferAllocator allocator) {
    prompts = new VarCharVector("prompt", allocator);
  }

  void add(ByteBuffer utf8) {
    if (size == 0) {
      prompts.allocateNew(Math.max(utf8.remaining(), MAX_BYTES), MAX_PROMPTS);
    }
    prompts.setSafe(size++, utf8, utf8.position(), utf8.remaining());
    data = null;
    bytes += utf8.remaining();
  }

  boolean isFull() {
    return size >= MAX_PROMPTS || bytes >= MAX_BYTES;
  }

  int size() {
    return size;
  }

  /** The bytes of one prompt in place; valid until the batch is cleared. */
  ByteBuffer utf8(int row) {
    if (data == null) {
      data = prompts.getDataBuffer().nioBuffer(0, prompts.getEndOffset(size - 1));
    }
    int start = prompts.getStartOffset(row);
    return data.slice(start, prompts.getEndOffset(row) - start);
  }

  /** The bytes of one value of any Arrow string column, in place. */
  static ByteBuffer slice(VarCharVector vector, int row) {
    int start = vector.getStartOffset(row);
    return vector.getDataBuffer().nioBuffer(start, vector.getEndOffset(row) - start);
  }

  /** Forgets the prompts and gives their memory back. */
  void clear() {
    prompts.clear();
    data = null;
    size = 0;
    bytes = 0;
  }

  @Override
  public void close() {
    prompts.close();
  }
}
