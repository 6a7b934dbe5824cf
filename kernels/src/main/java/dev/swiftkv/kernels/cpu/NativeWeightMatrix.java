package dev.swiftkv.kernels.cpu;

import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.DeviceBuffer;
import dev.swiftkv.kernels.DeviceMemory;
import dev.swiftkv.kernels.HostMemory;
import dev.swiftkv.kernels.MatrixSource;
import dev.swiftkv.kernels.PackedWeight;
import java.util.stream.IntStream;

/**
 * A weight in the layout that oneDNN prefers, once: a table of embeddings that is also the head of
 * the model is read row by row from that same layout.
 */
final class NativeWeightMatrix extends PackedWeight {
  /** Rows that are staged at once on their way into the layout; a multiple of 64. */
  private static final int STAGED_ROWS = 512;

  private long handle;

  private NativeWeightMatrix(
      String name, DType dtype, MatrixSource source, DeviceBuffer buffer, long handle) {
    super(name, dtype, source, buffer);
    this.handle = handle;
  }

  static NativeWeightMatrix pack(
      String name, DType dtype, MatrixSource source, DeviceMemory memory, long gemm) {
    long handle = MatrixNatives.openWeight(gemm, dtype.ordinal(), source.rows(), source.columns());
    DeviceBuffer buffer;
    try {
      buffer = memory.allocate(name, MatrixNatives.packedBytes(gemm, handle));
    } catch (RuntimeException e) {
      MatrixNatives.closeWeight(handle);
      throw e;
    }
    MatrixNatives.place(handle, buffer.address());
    NativeWeightMatrix matrix = new NativeWeightMatrix(name, dtype, source, buffer, handle);
    try {
      matrix.fill(source, memory, gemm);
    } catch (RuntimeException | Error e) {
      matrix.close();
      throw e;
    }
    return matrix;
  }

  /** The native {@code Weight}. */
  long handle() {
    if (handle == 0) {
      throw new IllegalStateException("Weight %s is closed".formatted(name()));
    }
    return handle;
  }

  @Override
  public void close() {
    if (handle != 0) {
      MatrixNatives.closeWeight(handle);
      handle = 0;
      super.close();
    }
  }

  private void fill(MatrixSource source, DeviceMemory memory, long gemm) {
    int most = Math.min(rows(), STAGED_ROWS);
    long rowBytes = (long) columns() * Float.BYTES;
    try (DeviceBuffer staged = memory.allocate("rows of " + name(), most * rowBytes)) {
      for (int first = 0; first < rows(); first += STAGED_ROWS) {
        int count = Math.min(STAGED_ROWS, rows() - first);
        int from = first;
        IntStream.range(0, count)
            .parallel()
            .forEach(
                row -> {
                  float[] values = new float[columns()];
                  source.readRow(from + row, values);
                  HostMemory.write(values, 0, columns(), staged.address() + row * rowBytes);
                });
        MatrixNatives.pack(gemm, handle, first, count, staged.address());
      }
    }
  }
}
