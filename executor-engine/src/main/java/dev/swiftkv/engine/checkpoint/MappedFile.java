package dev.swiftkv.engine.checkpoint;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file of any size mapped for reading. One buffer reaches 2 GiB, so the file is covered by
 * windows of twice the stride between their starts: whatever starts in a window's first half and is
 * no longer than the stride lies within that window.
 */
final class MappedFile {
  private static final long STRIDE = 1L << 30;

  private final MappedByteBuffer[] windows;
  private final long stride;

  private MappedFile(MappedByteBuffer[] windows, long stride) {
    this.windows = windows;
    this.stride = stride;
  }

  static MappedFile open(Path file) {
    return open(file, STRIDE);
  }

  /** With a stride of choice, so that tests need no huge file. */
  static MappedFile open(Path file, long stride) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      MappedByteBuffer[] windows = new MappedByteBuffer[Math.toIntExact((size - 1) / stride + 1)];
      for (int i = 0; i < windows.length; i++) {
        long start = i * stride;
        long length = Math.min(size - start, 2 * stride - 1);
        windows[i] = channel.map(FileChannel.MapMode.READ_ONLY, start, length);
      }
      return new MappedFile(windows, stride);
    } catch (IOException e) {
      throw new EngineException(
          ErrorCategory.INVALID_CHECKPOINT,
          "%s cannot be read (%s). Check that it exists and its permissions".formatted(file, e),
          e);
    }
  }

  /** A little-endian view; {@code bytes} is at most the stride. */
  ByteBuffer view(long offset, int bytes) {
    int window = (int) (offset / stride);
    return windows[window].slice((int) (offset % stride), bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
