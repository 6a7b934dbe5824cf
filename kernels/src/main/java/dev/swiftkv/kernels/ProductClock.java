package dev.swiftkv.kernels;

/**
 * Offered by {@link Ops} that know how much of their time goes into matrix products; {@link
 * TimedBackend} asks it around each operation.
 */
public interface ProductClock {
  /** Nanoseconds spent in matrix products since the backend opened. */
  long productNanos();
}
