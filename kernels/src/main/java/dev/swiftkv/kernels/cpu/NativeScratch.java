package dev.swiftkv.kernels.cpu;

import dev.swiftkv.kernels.DeviceBuffer;
import dev.swiftkv.kernels.DeviceMemory;

/** The accounted memory for intermediate results: one buffer, grown on demand, never shrunk. */
final class NativeScratch implements AutoCloseable {
  private static final String LABEL = "scratch of the CPU operations";

  private final DeviceMemory memory;
  private DeviceBuffer buffer;

  NativeScratch(DeviceMemory memory) {
    this.memory = memory;
    buffer = memory.allocate(LABEL, 1);
  }

  long address() {
    return buffer.address();
  }

  long bytes() {
    return buffer.bytes();
  }

  /**
   * Makes room for an operation that lacked {@code bytes} of scratch memory and did nothing; false
   * if it lacked none and is done. What the scratch memory held is lost.
   */
  boolean grew(long bytes) {
    if (bytes == 0) {
      return false;
    }
    buffer.close();
    buffer = memory.allocate(LABEL, bytes);
    return true;
  }

  @Override
  public void close() {
    buffer.close();
  }
}
