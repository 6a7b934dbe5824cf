package dev.swiftkv.benchmarks.gpu;

/**
 * An operation each row of whose result depends on the row of its input alone. Input row r is a
 * pure function of r, so that the same row can be asked for on another device or among other rows.
 *
 * @param name for reports
 * @param bound largest relative error of a row, in the Euclidean norm, against the scalar device
 * @param mostRows more rows than this are not tried
 * @param prepare makes weights and the rest on a device
 */
record RowOperation(String name, double bound, int mostRows, Preparation prepare) {
  /** Makes what an operation needs on a device. */
  interface Preparation {
    Runner on(Workbench bench);
  }

  /** An operation on a device. */
  interface Runner {
    /**
     * Runs it on some rows, the output filled with NaN before.
     *
     * @param rows numbers of input rows
     * @param wanted places in {@code rows} of the result's rows to return
     */
    float[][] run(int[] rows, int[] wanted);
  }
}
