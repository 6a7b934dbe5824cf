package dev.swiftkv.kernels.scalar;

import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.DeviceBuffer;
import dev.swiftkv.kernels.DeviceMemory;
import dev.swiftkv.kernels.Tensor;

/** One accounted buffer for an intermediate result, allocated once and grown on demand. */
final class ScalarScratch implements AutoCloseable {
  private final String label;
  private final DeviceMemory memory;
  private DeviceBuffer buffer;

  ScalarScratch(String label, DeviceMemory memory) {
    this.label = label;
    this.memory = memory;
  }

  /** A tensor over the buffer; what an earlier call returned is overwritten. */
  Tensor tensor(DType dtype, int rows, int columns) {
    long bytes = Math.max(1L, (long) rows * columns * dtype.bytes());
    if (buffer == null || buffer.bytes() < bytes) {
      close();
      buffer = memory.allocate(label, bytes);
    }
    return buffer.tensor(dtype, rows, columns);
  }

  @Override
  public void close() {
    if (buffer != null) {
      buffer.close();
      buffer = null;
    }
  }
}
