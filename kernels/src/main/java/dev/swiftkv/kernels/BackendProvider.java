package dev.swiftkv.kernels;

import java.util.List;
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

  /**
   * What was found out about this kind of device, in the order to print, for people who ask why it
   * is used or is not: versions of drivers and libraries, settings that hide devices. Answers also
   * where no such device can be used.
   */
  default List<Fact> facts() {
    return List.of();
  }

  /**
   * What was found out about one device: its name, its memory, the kernels chosen for it.
   *
   * @param deviceIndex below {@link #deviceCount}
   */
  default List<Fact> facts(int deviceIndex) {
    return List.of();
  }

  /** Opens the device. */
  Backend open(BackendOptions options);
}
