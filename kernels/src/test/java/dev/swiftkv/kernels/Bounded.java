package dev.swiftkv.kernels;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Expected values, computed in float64, each with the error that a backend may make.
 *
 * @param values what exact arithmetic gives
 * @param bounds the largest difference allowed
 */
record Bounded(double[] values, double[] bounds) {
  private static final double BF16_HALF_STEP = 0x1p-8;

  /** Values that must be met within a part of their own size. */
  static Bounded relative(double[] values, double part) {
    double[] bounds = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      bounds[i] = part * Math.abs(values[i]) + 1e-30;
    }
    return new Bounded(values, bounds);
  }

  /** Values that must be met within one absolute error. */
  static Bounded absolute(double[] values, double error) {
    double[] bounds = new double[values.length];
    java.util.Arrays.fill(bounds, error);
    return new Bounded(values, bounds);
  }

  /** The same after a rounding to a type: F32 is inside the bounds already, BF16 is not. */
  Bounded roundedTo(DType dtype) {
    if (dtype == DType.F32) {
      return this;
    }
    double[] wider = bounds.clone();
    for (int i = 0; i < wider.length; i++) {
      // Slightly above half a step of bf16, because a value off by its bound may round further.
      wider[i] = bounds[i] * 1.01 + 1.01 * BF16_HALF_STEP * Math.abs(values[i]);
    }
    return new Bounded(values, wider);
  }

  /** Adds values that are known exactly. */
  Bounded plus(float[] exact) {
    double[] sums = values.clone();
    double[] wider = bounds.clone();
    for (int i = 0; i < sums.length; i++) {
      sums[i] += exact[i];
      wider[i] += 0x1p-23 * (Math.abs(sums[i]) + Math.abs(exact[i]));
    }
    return new Bounded(sums, wider);
  }

  /** Adds a row that is known exactly to every row. */
  Bounded plusRow(float[] row) {
    float[] repeated = new float[values.length];
    for (int i = 0; i < repeated.length; i++) {
      repeated[i] = row[i % row.length];
    }
    return plus(repeated);
  }

  /** Columns {@code [from, from + count)} of a matrix with {@code columns} columns. */
  Bounded columns(int columns, int from, int count) {
    int rows = values.length / columns;
    double[] part = new double[rows * count];
    double[] partBounds = new double[rows * count];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(values, row * columns + from, part, row * count, count);
      System.arraycopy(bounds, row * columns + from, partBounds, row * count, count);
    }
    return new Bounded(part, partBounds);
  }

  void mustHold(String what, float[] actual) {
    assertThat(actual).as(what).hasSameSizeAs(values);
    for (int i = 0; i < actual.length; i++) {
      double error = Math.abs(actual[i] - values[i]);
      // Written so that a NaN fails.
      if (!(error <= bounds[i])) {
        throw new AssertionError(
            "%s: element %d is %s, expected %s within %s"
                .formatted(what, i, actual[i], values[i], bounds[i]));
      }
    }
  }
}
