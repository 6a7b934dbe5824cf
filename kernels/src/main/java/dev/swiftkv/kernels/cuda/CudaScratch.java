package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.DeviceBuffer;
import dev.swiftkv.kernels.DeviceMemory;

/**
 * The accounted memory for what lives between two kernels of one operation: one buffer, grown on
 * demand, never shrunk. Operations follow one another on one stream, so they can share it.
 */
final class CudaScratch implements AutoCloseable {
  private static final String LABEL = "scratch of the GPU operations";

  private final DeviceMemory memory;
  private DeviceBuffer bufferOrNull;

  CudaScratch(DeviceMemory memory) {
    this.memory = memory;
  }

  /**
   * The address of at least that many bytes; what they held is lost.
   *
   * @throws dev.swiftkv.kernels.DeviceMemoryException if there is no room; a smaller piece may
   *     still be asked for
   */
  long require(long bytes) {
    if (bufferOrNull == null || bufferOrNull.bytes() < bytes) {
      close();
      bufferOrNull = memory.allocateUninitialized(LABEL, Math.max(bytes, 1));
    }
    return bufferOrNull.address();
  }

  @Override
  public void close() {
    if (bufferOrNull != null) {
      bufferOrNull.close();
      bufferOrNull = null;
    }
  }
}
