package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.AttentionShape;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.DeviceBuffer;
import dev.swiftkv.kernels.DeviceMemory;
import dev.swiftkv.kernels.MatrixSource;
import dev.swiftkv.kernels.PackedWeight;
import dev.swiftkv.kernels.PagedKv;
import dev.swiftkv.kernels.WeightMatrix;
import java.util.List;

/**
 * A weight as the products read it: BF16 in tiles with permuted rows, F32 row by row. A weight of a
 * projection to heads also keeps the table that says where those go.
 */
final class CudaWeightMatrix extends PackedWeight {
  private HeadTable headsOrNull;
  private boolean closed;

  private CudaWeightMatrix(String name, DType dtype, MatrixSource source, DeviceBuffer buffer) {
    super(name, dtype, source, buffer);
  }

  static CudaWeightMatrix pack(
      String name, DType dtype, MatrixSource source, DeviceMemory memory, CudaTransfers transfers) {
    // Zeroed, padding with it.
    DeviceBuffer buffer =
        memory.allocate(name, TiledLayout.bytes(dtype, source.rows(), source.columns()));
    CudaWeightMatrix matrix = new CudaWeightMatrix(name, dtype, source, buffer);
    try {
      transfers.writeWeight(source, dtype, buffer.address());
      return matrix;
    } catch (RuntimeException | Error e) {
      buffer.close();
      throw e;
    }
  }

  /** A weight that this kind of device packed, still open. */
  static CudaWeightMatrix of(WeightMatrix weight) {
    if (!(weight instanceof CudaWeightMatrix own)) {
      throw new IllegalArgumentException(
          "Weight %s was packed by another backend than a GPU's".formatted(weight.name()));
    }
    if (own.closed) {
      throw new IllegalStateException("Weight %s is closed".formatted(own.name()));
    }
    return own;
  }

  /** Device address of the first element. */
  long address() {
    return bufferAddress();
  }

  /** The table for these heads and caches, made where the last one was for others. */
  HeadTable heads(
      AttentionShape shape,
      boolean hasQueries,
      List<PagedKv> caches,
      DeviceMemory memory,
      CudaTransfers transfers) {
    if (headsOrNull == null || !headsOrNull.isFor(shape, hasQueries, caches)) {
      HeadTable made = HeadTable.make(name(), shape, hasQueries, caches, memory, transfers);
      closeHeads();
      headsOrNull = made;
    }
    return headsOrNull;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      closeHeads();
      super.close();
    }
  }

  private void closeHeads() {
    if (headsOrNull != null) {
      headsOrNull.close();
      headsOrNull = null;
    }
  }
}
