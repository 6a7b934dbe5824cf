package dev.swiftkv.kernels;

/**
 * Rows of a matrix that hold seeded noise: weights that nobody trained, for measuring a model of
 * any shape. Row i of the band is row {@code firstRow + i * rowStep} of the matrix and has
 *
 * <pre>{@code
 * bits     = mix(seed + 0x9E3779B97F4A7C15 * (i * columns + column + 1))     mix as in SamplingBatch
 * unit     = ((bits >>> 40) - 2^23) * 2^-23                                  uniform in [-1, 1)
 * element  = scale * unit, in F32, its lower 16 bits set to zero             exact in BF16
 * }</pre>
 *
 * so that a device can make it where it is needed and another program can make the same.
 *
 * @param seed equal seeds give equal rows
 * @param scale elements are uniform in [-scale, scale)
 * @param firstRow the row of the matrix that the band begins with
 * @param rowStep rows of the matrix from one row of the band to the next
 * @param rows rows of the band
 */
public record NoiseBand(long seed, float scale, int firstRow, int rowStep, int rows) {
  // Weyl increment and mixer of SplitMix64 (Steele, Lea, Flood, 2014).
  private static final long INCREMENT = 0x9E3779B97F4A7C15L;
  private static final int UPPER_HALF = 0xFFFF0000;

  /** Checks that the band lies inside a matrix. */
  public NoiseBand {
    if (firstRow < 0 || rowStep < 1 || rows < 0 || !(scale > 0 && scale < Float.MAX_VALUE)) {
      throw new IllegalArgumentException(
          "Not a band of noise: firstRow %d, rowStep %d, rows %d, scale %s"
              .formatted(firstRow, rowStep, rows, scale));
    }
  }

  /** A whole matrix of noise. */
  public static NoiseBand whole(long seed, float scale, int rows) {
    return new NoiseBand(seed, scale, 0, 1, rows);
  }

  /** This band in a matrix whose row {@code first + i * step} is row i of the present one. */
  public NoiseBand placed(int first, int step) {
    return new NoiseBand(seed, scale, first + firstRow * step, rowStep * step, rows);
  }

  /**
   * Makes one row of the band.
   *
   * @param row which, in [0, {@link #rows})
   * @param columns columns of the matrix
   * @param into receives them from index 0
   */
  public void readRow(int row, int columns, float[] into) {
    long state = seed + INCREMENT * ((long) row * columns + 1);
    for (int column = 0; column < columns; column++) {
      float unit = ((int) (mix(state) >>> 40) - (1 << 23)) * 0x1p-23f;
      into[column] = Float.intBitsToFloat(Float.floatToRawIntBits(scale * unit) & UPPER_HALF);
      state += INCREMENT;
    }
  }

  /** The mixer of SplitMix64, also good for making seeds of names. */
  public static long mix(long value) {
    long z = (value ^ value >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }
}
