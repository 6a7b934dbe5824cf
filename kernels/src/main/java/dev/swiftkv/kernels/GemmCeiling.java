package dev.swiftkv.kernels;

import java.util.Random;

/**
 * How fast a device multiplies matrices, measured now: the ceiling that a model's rate is compared
 * with. A figure from another day, or from another process, compares with nothing on a machine that
 * is shared.
 */
public final class GemmCeiling {
  private static final long MEASURED_NANOS = 300_000_000L;
  private static final int FEWEST_RUNS = 3;

  private GemmCeiling() {}

  /**
   * The best rate of {@code [rows, inputs] x [inputs, outputs]} within about a third of a second.
   *
   * @return GFLOP/s, a multiply-add being two
   */
  public static double gflops(Backend backend, DType dtype, int rows, int inputs, int outputs) {
    DeviceMemory memory = backend.memory();
    try (WeightMatrix weight = backend.loadMatrix("ceiling", dtype, noise(outputs, inputs));
        DeviceBuffer x =
            memory.allocate("ceiling input", backend.tensorBytes(dtype, rows, inputs));
        DeviceBuffer y =
            memory.allocate("ceiling output", backend.tensorBytes(DType.F32, rows, outputs))) {
      Tensor input = x.tensor(dtype, rows, inputs);
      Tensor output = y.tensor(DType.F32, rows, outputs);
      fill(backend, input);
      return 2.0 * rows * inputs * outputs / bestNanos(backend, input, weight, output);
    }
  }

  private static long bestNanos(Backend backend, Tensor input, WeightMatrix weight, Tensor output) {
    float[] last = new float[output.columns()];
    long best = Long.MAX_VALUE;
    long end = System.nanoTime() + MEASURED_NANOS;
    for (int run = 0; run < FEWEST_RUNS || System.nanoTime() < end; run++) {
      long start = System.nanoTime();
      backend.ops().logits(input, weight, output);
      // Reading a row back waits for devices that work in the background.
      backend.download(output.slice(output.rows() - 1, 1), last);
      best = Math.min(best, System.nanoTime() - start);
    }
    return best;
  }

  private static void fill(Backend backend, Tensor input) {
    float[] values = new float[input.rows() * input.columns()];
    noise(1, values.length).readRow(0, values);
    backend.upload(values, input);
  }

  /** Values that are all different: zeros would be multiplied from one page of memory. */
  private static MatrixSource noise(int rows, int columns) {
    return MatrixSource.of(
        rows,
        columns,
        (row, into) -> {
          Random random = new Random(row);
          for (int i = 0; i < columns; i++) {
            into[i] = random.nextFloat() - 0.5f;
          }
        });
  }
}
