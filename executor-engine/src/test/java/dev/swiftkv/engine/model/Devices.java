package dev.swiftkv.engine.model;

import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.BackendUnavailableException;
import dev.swiftkv.kernels.Backends;
import org.junit.jupiter.api.Assumptions;

/** The devices that model tests run on. */
final class Devices {
  private Devices() {}

  /** Opens a device; the test is skipped where this machine lacks it. */
  static Backend open(String device) {
    try {
      return Backends.open(device, new BackendOptions(Long.MAX_VALUE, 2, 0));
    } catch (BackendUnavailableException e) {
      Assumptions.abort("Skipped: " + e.getMessage());
      throw e;
    }
  }
}
