package dev.swiftkv.engine.model;

import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.DeviceBuffer;
import dev.swiftkv.kernels.MatrixSource;
import dev.swiftkv.kernels.Tensor;
import dev.swiftkv.kernels.WeightMatrix;
import java.util.ArrayList;
import java.util.List;

/** Puts weights on a device, counts them and frees them together. */
final class WeightStore implements AutoCloseable {
  private final Backend backend;
  private final DType dtype;
  private final List<WeightMatrix> matrices = new ArrayList<>();
  private final List<DeviceBuffer> buffers = new ArrayList<>();
  private long parameters;

  WeightStore(Backend backend, DType dtype) {
    this.backend = backend;
    this.dtype = dtype;
  }

  WeightMatrix matrix(String name, MatrixSource source) {
    WeightMatrix matrix = backend.loadMatrix(name, dtype, source);
    matrices.add(matrix);
    parameters += (long) matrix.rows() * matrix.columns();
    return matrix;
  }

  /** A learned vector, F32 [1, size] whatever the compute type. */
  Tensor vector(String name, float[] values) {
    Tensor vector = table(name, 1, values.length);
    backend.upload(values, vector);
    parameters += values.length;
    return vector;
  }

  /** Room for a computed F32 table, which is no parameter. */
  Tensor table(String name, int rows, int columns) {
    DeviceBuffer buffer =
        backend.memory().allocate(name, backend.tensorBytes(DType.F32, rows, columns));
    buffers.add(buffer);
    return buffer.tensor(DType.F32, rows, columns);
  }

  void upload(float[] values, Tensor to) {
    backend.upload(values, to);
  }

  long parameters() {
    return parameters;
  }

  long bytes() {
    return matrices.stream().mapToLong(WeightMatrix::bytes).sum()
        + buffers.stream().mapToLong(DeviceBuffer::bytes).sum();
  }

  @Override
  public void close() {
    matrices.forEach(WeightMatrix::close);
    buffers.forEach(DeviceBuffer::close);
    matrices.clear();
    buffers.clear();
  }
}
