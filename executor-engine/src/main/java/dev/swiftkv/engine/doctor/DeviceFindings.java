package dev.swiftkv.engine.doctor;

import dev.swiftkv.kernels.Fact;
import java.util.List;

/**
 * What was found out about one device.
 *
 * @param index which of its kind
 * @param facts what its provider tells
 * @param checks how it did in each compute type; empty if it was not asked to compute
 */
public record DeviceFindings(int index, List<Fact> facts, List<CheckResult> checks) {
  /** Whether nothing speaks against the device. */
  public boolean works() {
    return checks.stream().allMatch(CheckResult::passed);
  }
}
