package dev.swiftkv.benchmarks.kernels;

import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.Backends;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.DeviceBuffer;
import dev.swiftkv.kernels.MatrixSource;
import dev.swiftkv.kernels.Ops;
import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kernels.Tensor;
import dev.swiftkv.kernels.WeightMatrix;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;

/** A device and what a benchmark made on it; random numbers everywhere, for zeros are fast. */
final class OpenDevice implements AutoCloseable {
  private final Backend backend;
  private final Deque<Runnable> toClose = new ArrayDeque<>();
  private final Random random = new Random(1);

  OpenDevice(String name) {
    backend = Backends.open(name, BackendOptions.defaults());
    toClose.push(backend::close);
  }

  Backend backend() {
    return backend;
  }

  Ops ops() {
    return backend.ops();
  }

  Tensor tensor(DType dtype, int rows, int columns) {
    DeviceBuffer buffer =
        backend.memory().allocate("benchmark", (long) rows * columns * dtype.bytes());
    toClose.push(buffer::close);
    Tensor tensor = buffer.tensor(dtype, rows, columns);
    float[] row = new float[columns];
    for (int r = 0; r < rows; r++) {
      fill(row);
      backend.upload(row, tensor.slice(r, 1));
    }
    return tensor;
  }

  WeightMatrix matrix(DType dtype, int rows, int columns) {
    MatrixSource source =
        MatrixSource.of(
            rows,
            columns,
            (row, into) -> {
              Random values = new Random(row);
              for (int i = 0; i < columns; i++) {
                into[i] = values.nextFloat() - 0.5f;
              }
            });
    WeightMatrix matrix = backend.loadMatrix("benchmark", dtype, source);
    toClose.push(matrix::close);
    return matrix;
  }

  /** A batch that is closed with the device. */
  RaggedBatch batch(int tokens, int blocks) {
    RaggedBatch batch = new RaggedBatch(tokens, 1, blocks);
    toClose.push(batch::close);
    return batch;
  }

  private void fill(float[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
  }

  @Override
  public void close() {
    while (!toClose.isEmpty()) {
      toClose.pop().run();
    }
  }
}
