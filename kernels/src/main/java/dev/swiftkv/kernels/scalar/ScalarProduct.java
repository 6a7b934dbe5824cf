package dev.swiftkv.kernels.scalar;

import static dev.swiftkv.kernels.scalar.ScalarWeightMatrix.PANEL;

import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.Tensor;
import java.util.Arrays;

/**
 * {@code y = x W^T + b}. Each element is the sum over k = 0, 1, 2, … of {@code x[t, k] * w[r, k]},
 * added up in F32 one product at a time from k = 0, product and sum each rounded; the bias is added
 * last. Rows of x never meet, so the result is batch invariant.
 */
final class ScalarProduct {
  private final ScalarThreads threads;
  private final ThreadLocal<Buffers> buffers = ThreadLocal.withInitial(Buffers::new);

  ScalarProduct(ScalarThreads threads) {
    this.threads = threads;
  }

  /** {@code y = x W^T + b}; x in the weight's type, y F32. */
  void set(Tensor x, ScalarWeightMatrix weight, Tensor biasOrNull, Tensor y) {
    threads.forEach(weight.panels(), panel -> panel(panel, x, weight, biasOrNull, y, false));
  }

  /** {@code y += x W^T + b}, the sum with the old y last. */
  void add(Tensor x, ScalarWeightMatrix weight, Tensor biasOrNull, Tensor y) {
    threads.forEach(weight.panels(), panel -> panel(panel, x, weight, biasOrNull, y, true));
  }

  private void panel(
      int panel, Tensor x, ScalarWeightMatrix weight, Tensor biasOrNull, Tensor y, boolean add) {
    int columns = weight.columns();
    int count = weight.panelRows(panel);
    int first = panel * PANEL;
    Buffers use = buffers.get().grownTo(columns);
    weight.readPanel(panel, use.panel);
    if (biasOrNull != null) {
      ScalarMemory.read(DType.F32, biasOrNull.address() + 4L * first, use.bias, 0, count);
    }
    for (int row = 0; row < x.rows(); row++) {
      ScalarMemory.read(x.dtype(), ScalarMemory.row(x, row), use.x, 0, columns);
      sums(use.x, use.panel, columns, use.sums);
      if (biasOrNull != null) {
        addTo(use.sums, use.bias, count);
      }
      long at = ScalarMemory.row(y, row) + 4L * first;
      if (add) {
        ScalarMemory.read(DType.F32, at, use.y, 0, count);
        addTo(use.sums, use.y, count);
      }
      ScalarMemory.write(DType.F32, use.sums, 0, count, at);
    }
  }

  /** {@code sums[j] = sum over k of x[k] * panel[k, j]}. */
  private static void sums(float[] x, float[] panel, int columns, float[] sums) {
    Arrays.fill(sums, 0f);
    int k = 0;
    for (; k + 3 < columns; k += 4) {
      addFour(sums, panel, k * PANEL, x[k], x[k + 1], x[k + 2], x[k + 3]);
    }
    for (; k < columns; k++) {
      addOne(sums, panel, k * PANEL, x[k]);
    }
  }

  /** Four terms in order: Java adds from left to right, so this is addOne four times. */
  private static void addFour(
      float[] sums, float[] panel, int at, float x0, float x1, float x2, float x3) {
    for (int j = 0; j < PANEL; j++) {
      sums[j] =
          sums[j]
              + x0 * panel[at + j]
              + x1 * panel[at + PANEL + j]
              + x2 * panel[at + 2 * PANEL + j]
              + x3 * panel[at + 3 * PANEL + j];
    }
  }

  private static void addOne(float[] sums, float[] panel, int at, float x) {
    for (int j = 0; j < PANEL; j++) {
      sums[j] += x * panel[at + j];
    }
  }

  private static void addTo(float[] sums, float[] values, int count) {
    for (int j = 0; j < count; j++) {
      sums[j] += values[j];
    }
  }

  /** What one thread works with. */
  private static final class Buffers {
    private final float[] sums = new float[PANEL];
    private final float[] bias = new float[PANEL];
    private final float[] y = new float[PANEL];
    private float[] panel = {};
    private float[] x = {};

    Buffers grownTo(int columns) {
      if (x.length < columns) {
        x = new float[columns];
        panel = new float[Math.multiplyExact(columns, PANEL)];
      }
      return this;
    }
  }
}
