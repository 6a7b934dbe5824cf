package dev.swiftkv.kernels;

import java.util.Locale;

/**
 * Where the time of the operations went, summed over calls. Confined to the thread that calls the
 * operations; read it when they have returned.
 */
public final class OpsTimings {
  /** The operations of {@link Ops} that take time. */
  public enum Operation {
    /** {@link Ops#stage}. */
    STAGE,
    /** {@link Ops#embed}. */
    EMBED,
    /** {@link Ops#rmsNorm}. */
    RMS_NORM,
    /** {@link Ops#qkv}. */
    QKV,
    /** {@link Ops#queries}. */
    QUERIES,
    /** {@link Ops#laterKv}. */
    LATER_KV,
    /** {@link Ops#attend}. */
    ATTEND,
    /** {@link Ops#projectAdd}. */
    PROJECT_ADD,
    /** {@link Ops#gatedFfn}. */
    GATED_FFN,
    /** {@link Ops#gatherRows}. */
    GATHER_ROWS,
    /** {@link Ops#logits}. */
    LOGITS,
    /** {@link Ops#sample}. */
    SAMPLE
  }

  private static final int OPERATIONS = Operation.values().length;

  private final long[] calls = new long[OPERATIONS];
  private final long[] nanos = new long[OPERATIONS];
  private final long[] productNanos = new long[OPERATIONS];
  private double productFlops;

  /**
   * Adds one call: its time, the part of it in matrix products, and their multiply-adds times 2.
   */
  void add(Operation operation, long callNanos, long callProductNanos, double flops) {
    int at = operation.ordinal();
    calls[at]++;
    nanos[at] += callNanos;
    productNanos[at] += callProductNanos;
    productFlops += flops;
  }

  /** Forgets everything, after a warm-up. */
  public void clear() {
    for (int i = 0; i < OPERATIONS; i++) {
      calls[i] = 0;
      nanos[i] = 0;
      productNanos[i] = 0;
    }
    productFlops = 0;
  }

  /** How often an operation was called. */
  public long calls(Operation operation) {
    return calls[operation.ordinal()];
  }

  /** Nanoseconds spent in an operation. */
  public long nanos(Operation operation) {
    return nanos[operation.ordinal()];
  }

  /** Nanoseconds of an operation that were spent in matrix products. */
  public long productNanos(Operation operation) {
    return productNanos[operation.ordinal()];
  }

  /** Nanoseconds spent in all operations. */
  public long totalNanos() {
    return sum(nanos);
  }

  /** Nanoseconds spent in matrix products. */
  public long productNanos() {
    return sum(productNanos);
  }

  /** Nanoseconds spent in attention. */
  public long attentionNanos() {
    return nanos(Operation.ATTEND);
  }

  /** Nanoseconds spent in anything but matrix products and attention. */
  public long restNanos() {
    return totalNanos() - productNanos() - attentionNanos();
  }

  /** Rate of the matrix products alone, in GFLOP/s; 0 before the first. */
  public double productGflops() {
    long time = productNanos();
    return time == 0 ? 0 : productFlops / time;
  }

  /** Shares and rate in one line, for people. */
  @Override
  public String toString() {
    double percent = 100.0 / Math.max(1, totalNanos());
    return String.format(
        Locale.ROOT,
        "matrix products %.1f %% (%.0f GFLOP/s), attention %.1f %%, rest %.1f %%",
        percent * productNanos(),
        productGflops(),
        percent * attentionNanos(),
        percent * restNanos());
  }

  private static long sum(long[] values) {
    long sum = 0;
    for (long value : values) {
      sum += value;
    }
    return sum;
  }
}
