package dev.swiftkv.engine.doctor;

import dev.swiftkv.kernels.Fact;
import java.util.List;

/**
 * What was found out about a kind of device.
 *
 * @param name as users give it
 * @param unavailableReasonOrNull why no such device can be used here
 * @param facts what its provider tells
 * @param devices those that can be used
 */
public record KindFindings(
    String name, String unavailableReasonOrNull, List<Fact> facts, List<DeviceFindings> devices) {
  /** Whether a device of this kind can be used and did not fail. */
  public boolean works() {
    return devices.stream().anyMatch(DeviceFindings::works);
  }
}
