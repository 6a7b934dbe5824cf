package dev.swiftkv.kernels;

import java.util.List;

/**
 * The rows of a weight matrix, read once while a backend packs them into its own layout. Values are
 * handed over widened to f32, which holds bf16 and f16 exactly.
 */
public interface MatrixSource {
  /** Output features. */
  int rows();

  /** Input features. */
  int columns();

  /**
   * Reads one row. Called from several threads, for different rows, in any order.
   *
   * @param row which row, in [0, rows)
   * @param into receives {@link #columns} values from index 0
   */
  void readRow(int row, float[] into);

  /**
   * The same rows as bands of seeded noise, if every row is in one: a device may make them in place
   * instead of reading them. Empty for weights that somebody trained.
   */
  default List<NoiseBand> noiseBands() {
    return List.of();
  }

  /** How {@link #readRow} of a source from {@link #of} reads. */
  @FunctionalInterface
  interface RowReader {
    /** See {@link MatrixSource#readRow}. */
    void readRow(int row, float[] into);
  }

  /** A matrix whose rows a function makes. */
  static MatrixSource of(int rows, int columns, RowReader reader) {
    return new MatrixSource() {
      @Override
      public int rows() {
        return rows;
      }

      @Override
      public int columns() {
        return columns;
      }

      @Override
      public void readRow(int row, float[] into) {
        reader.readRow(row, into);
      }
    };
  }
}
