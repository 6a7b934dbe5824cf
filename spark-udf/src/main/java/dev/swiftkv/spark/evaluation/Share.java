package dev.swiftkv.spark.evaluation;

/**
 * A part of a whole.
 *
 * @param count those that were counted
 * @param of all that could have been
 */
public record Share(long count, long of) {
  static final Share NONE = new Share(0, 0);

  Share plus(boolean counted) {
    return new Share(counted ? count + 1 : count, of + 1);
  }

  /** From 0 to 1; NaN of nothing. */
  public double value() {
    return of == 0 ? Double.NaN : (double) count / of;
  }
}
