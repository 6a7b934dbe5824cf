package dev.swiftkv.kernels;

import java.util.Optional;

/** Service-loader entry of a kind of device. Probing must neither throw nor load what may crash. */
public interface BackendProvider {
  /** Name as users give it. */
  String name();

  /** Higher is tried first by {@code auto}. */
  int rank();

  /** Why this kind of device cannot be used here, in one sentence; empty if it can. */
  Optional<String> unavailableReason();

  /** How many devices of this kind there are; the indices that {@link #open} takes are below it. */
  default int deviceCount() {
    return 1;
  }

  /** Opens the device. */
  Backend open(BackendOptions options);
}
