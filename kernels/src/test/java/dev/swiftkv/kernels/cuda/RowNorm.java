package dev.swiftkv.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.swiftkv.kernels.DeviceBuffer;
import dev.swiftkv.kernels.HostMemory;

/** A small piece of work for tests: rows [1, 1, …, 3, 3, …] divided by their root mean square. */
final class RowNorm implements AutoCloseable {
  static final String KERNEL = "rms_norm_f32";
  static final int ARGUMENT_BYTES = 40;

  private static final float ROOT_MEAN_SQUARE = (float) Math.sqrt(5);

  private final CudaContext context;
  private final int rows;
  private final int columns;
  private final CudaKernel kernel;
  private final KernelArguments arguments;
  private final PinnedMemory host;
  private final DeviceBuffer x;
  private final DeviceBuffer weight;
  private final DeviceBuffer out;

  RowNorm(CudaContext context, int rows, int columns) {
    this.context = context;
    this.rows = rows;
    this.columns = columns;
    kernel = context.kernel(KERNEL);
    arguments = context.newArguments();
    host = context.pinned(4L * rows * columns);
    x = context.memory().allocateUninitialized("x", host.bytes());
    weight = context.memory().allocateUninitialized("weight", 4L * columns);
    out = context.memory().allocate("out", host.bytes());
    try (CudaStream stream = context.newStream()) {
      fill(columns, 1);
      stream.copyToDevice(host.address(), weight.address(), weight.bytes());
      stream.synchronize();
      for (int row = 0; row < rows; row++) {
        for (int column = 0; column < columns; column++) {
          put(row * columns + column, column < columns / 2 ? 1 : 3);
        }
      }
      stream.copyToDevice(host.address(), x.address(), x.bytes());
      stream.synchronize();
    }
  }

  void launch(CudaStream stream) {
    arguments.begin(ARGUMENT_BYTES);
    arguments.putLong(x.address()).putLong(weight.address()).putLong(out.address());
    arguments.putInt(rows).putInt(columns).putFloat(0);
    stream.launch(kernel, rows, 1, 256, 0, arguments);
  }

  /** Reads the result. */
  void check() {
    try (CudaStream stream = context.newStream()) {
      stream.copyToHost(out.address(), host.address(), out.bytes());
      stream.synchronize();
    }
    for (int i = 0; i < rows * columns; i++) {
      float expected = (i % columns < columns / 2 ? 1 : 3) / ROOT_MEAN_SQUARE;
      assertThat(HostMemory.getFloat(host.address() + 4L * i)).isCloseTo(expected, within(1e-5f));
    }
  }

  CudaStream newStream() {
    return context.newStream();
  }

  /** Where the result is. */
  DeviceBuffer out() {
    return out;
  }

  private void fill(int count, float value) {
    for (int i = 0; i < count; i++) {
      put(i, value);
    }
  }

  private void put(int index, float value) {
    HostMemory.putFloat(host.address() + 4L * index, value);
  }

  @Override
  public void close() {
    out.close();
    weight.close();
    x.close();
    host.close();
    arguments.close();
  }
}
