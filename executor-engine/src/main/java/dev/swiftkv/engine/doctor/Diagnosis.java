package dev.swiftkv.engine.doctor;

import dev.swiftkv.kernels.BackendProvider;
import dev.swiftkv.kernels.Fact;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Everything that was found out.
 *
 * @param machine about the software, the JVM and the machine
 * @param kinds the kinds of device that were looked at, the best first
 * @param autoOrNull the kind that {@code --device auto} takes; null if none can be used
 */
public record Diagnosis(List<Fact> machine, List<KindFindings> kinds, String autoOrNull) {
  /**
   * Looks at this machine.
   *
   * @param kinds the kinds of device to look at, the best first
   * @param auto the kind that {@code --device auto} takes
   * @param check whether every device that can be used computes a small model
   */
  public static Diagnosis of(List<BackendProvider> kinds, Optional<String> auto, boolean check) {
    List<Fact> machine = Machine.facts();
    List<KindFindings> findings = new ArrayList<>();
    try (SelfCheck selfCheck = new SelfCheck()) {
      for (BackendProvider kind : kinds) {
        findings.add(lookAt(kind, check ? selfCheck : null));
      }
    }
    return new Diagnosis(machine, findings, auto.orElse(null));
  }

  /** Whether some device that was looked at can be used and did not fail. */
  public boolean someDeviceWorks() {
    return kinds.stream().anyMatch(KindFindings::works);
  }

  private static KindFindings lookAt(BackendProvider kind, SelfCheck selfCheckOrNull) {
    String reason = kind.unavailableReason().orElse(null);
    List<DeviceFindings> devices = new ArrayList<>();
    if (reason == null) {
      for (int index = 0; index < kind.deviceCount(); index++) {
        devices.add(
            selfCheckOrNull == null
                ? new DeviceFindings(index, kind.facts(index), List.of())
                : selfCheckOrNull.run(kind, index));
      }
    }
    return new KindFindings(kind.name(), reason, kind.facts(), devices);
  }
}
