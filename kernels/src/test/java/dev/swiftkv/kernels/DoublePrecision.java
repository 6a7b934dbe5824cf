package dev.swiftkv.kernels;

/** The operations once more, in float64, written from their formulas and from nothing else. */
final class DoublePrecision {
  private static final double F32_STEP = 0x1p-24;

  private DoublePrecision() {}

  /**
   * {@code x W^T}. The bound is that of a random walk of roundings with a margin of four: a sum of
   * k terms in F32, in whatever fixed order, stays below {@code 4 * 2^-24 * sqrt(k) * |terms|};
   * sums with operands rounded to bf16 by mistake are far outside for long rows.
   */
  static Bounded product(float[] x, float[] weight, int inner) {
    int rows = x.length / inner;
    int outputs = weight.length / inner;
    double[] values = new double[rows * outputs];
    double[] bounds = new double[rows * outputs];
    for (int row = 0; row < rows; row++) {
      for (int output = 0; output < outputs; output++) {
        double sum = 0;
        double squares = 0;
        for (int k = 0; k < inner; k++) {
          double term = (double) x[row * inner + k] * weight[output * inner + k];
          sum += term;
          squares += term * term;
        }
        values[row * outputs + output] = sum;
        bounds[row * outputs + output] =
            4 * F32_STEP * (1 + Math.sqrt(inner)) * Math.sqrt(squares) + 1e-30;
      }
    }
    return new Bounded(values, bounds);
  }

  static Bounded rmsNorm(float[] x, float[] weight, double epsilon) {
    int hidden = weight.length;
    double[] values = new double[x.length];
    for (int row = 0; row < x.length / hidden; row++) {
      double squares = 0;
      for (int i = 0; i < hidden; i++) {
        squares += (double) x[row * hidden + i] * x[row * hidden + i];
      }
      double scale = 1 / Math.sqrt(squares / hidden + epsilon);
      for (int i = 0; i < hidden; i++) {
        values[row * hidden + i] = x[row * hidden + i] * scale * weight[i];
      }
    }
    return Bounded.relative(values, 16 * F32_STEP);
  }

  /** Rotates heads of one size that fill {@code columns}; row t is at {@code positions[t]}. */
  static Bounded rotate(
      Bounded heads, int columns, int headSize, int[] positions, float[] cosine, float[] sine) {
    int half = headSize / 2;
    double[] values = heads.values().clone();
    double[] bounds = heads.bounds().clone();
    for (int left = 0; left < values.length; left++) {
      int i = left % columns % headSize;
      if (i < half) {
        int right = left + half;
        int angle = positions[left / columns] * half + i;
        double a = heads.values()[left];
        double b = heads.values()[right];
        values[left] = a * cosine[angle] - b * sine[angle];
        values[right] = b * cosine[angle] + a * sine[angle];
        bounds[left] =
            heads.bounds()[left]
                + heads.bounds()[right]
                + 4 * F32_STEP * (Math.abs(a) + Math.abs(b));
        bounds[right] = bounds[left];
      }
    }
    return new Bounded(values, bounds);
  }

  /** {@code down(silu(gate) * up)} with the product rounded to a type, as SwiGLU is defined. */
  static Bounded gatedFfn(float[] x, float[] gateUp, float[] down, int hidden, DType dtype) {
    int intermediate = gateUp.length / hidden / 2;
    double[] both = product(x, gateUp, hidden).values();
    float[] activated = new float[both.length / 2];
    for (int i = 0; i < activated.length; i++) {
      double gate = both[2 * i];
      float value = (float) (gate / (1 + Math.exp(-gate)) * both[2 * i + 1]);
      activated[i] = dtype == DType.BF16 ? Bf16.round(value) : value;
    }
    Bounded result = product(activated, down, intermediate);
    for (int i = 0; i < result.bounds().length; i++) {
      result.bounds()[i] += activationError(activated, down, intermediate, hidden, i, dtype);
    }
    return result;
  }

  /**
   * In F32 an activation is off by a few steps. In BF16 it lands on the neighbouring bf16 where the
   * exact value is close to a tie, which few do: room for four such terms of the largest size.
   */
  private static double activationError(
      float[] activated, float[] down, int inner, int outputs, int at, DType dtype) {
    double largest = 0;
    double squares = 0;
    for (int k = 0; k < inner; k++) {
      double term = (double) activated[at / outputs * inner + k] * down[at % outputs * inner + k];
      largest = Math.max(largest, Math.abs(term));
      squares += term * term;
    }
    double drift = 64 * F32_STEP * Math.sqrt(inner) * Math.sqrt(squares) + 1e-6;
    return dtype == DType.BF16 ? drift + 4 * 0x1p-7 * largest : drift;
  }

  /**
   * Softmax attention of one query head over the first {@code count} rows of its keys and values.
   * Writes the result and its bound, the head's own place in both arrays.
   *
   * <p>In F32 the bound is for errors of the scores. In BF16 a backend may also round the weights
   * of the sum to bf16, each with an error of its own: a random walk, with a margin of four.
   *
   * @param at first element of the head in {@code queries}, {@code result} and {@code bounds}
   * @param keys column of the first key in a row of {@code kv}
   * @param values column of the first value
   */
  static void attend(
      float[] queries,
      int at,
      float[] kv,
      int stride,
      int keys,
      int values,
      int headSize,
      int count,
      DType dtype,
      double[] result,
      double[] bounds) {
    double[] weights = softmax(queries, at, kv, stride, keys, headSize, count);
    for (int i = 0; i < headSize; i++) {
      double sum = 0;
      double squares = 0;
      double largest = 0;
      for (int j = 0; j < count; j++) {
        double value = kv[j * stride + values + i];
        sum += weights[j] * value;
        squares += weights[j] * value * weights[j] * value;
        largest = Math.max(largest, Math.abs(value));
      }
      result[at + i] = sum;
      bounds[at + i] = 1e-5 * largest;
      if (dtype == DType.BF16) {
        bounds[at + i] += 4 * 0x1p-8 * Math.sqrt(squares);
      }
    }
  }

  private static double[] softmax(
      float[] queries, int at, float[] kv, int stride, int keys, int headSize, int count) {
    double[] scores = new double[count];
    double largest = Double.NEGATIVE_INFINITY;
    for (int j = 0; j < count; j++) {
      for (int i = 0; i < headSize; i++) {
        scores[j] += (double) queries[at + i] * kv[j * stride + keys + i] / Math.sqrt(headSize);
      }
      largest = Math.max(largest, scores[j]);
    }
    double sum = 0;
    for (int j = 0; j < count; j++) {
      scores[j] = Math.exp(scores[j] - largest);
      sum += scores[j];
    }
    for (int j = 0; j < count; j++) {
      scores[j] /= sum;
    }
    return scores;
  }
}
