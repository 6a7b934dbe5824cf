package dev.swiftkv.engine.cli;

import dev.swiftkv.engine.doctor.CheckResult;
import dev.swiftkv.engine.doctor.DeviceFindings;
import dev.swiftkv.engine.doctor.Diagnosis;
import dev.swiftkv.engine.doctor.KindFindings;
import dev.swiftkv.kernels.Fact;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;

/** A diagnosis for people. */
final class DiagnosisText {
  private static final int NAME_WIDTH = 20;

  private DiagnosisText() {}

  static void print(Diagnosis diagnosis, PrintWriter out) {
    facts(diagnosis.machine(), "", out);
    for (KindFindings kind : diagnosis.kinds()) {
      out.println();
      line(kind.name(), state(kind), "", out);
      facts(kind.facts(), "  ", out);
      for (DeviceFindings device : kind.devices()) {
        device(kind, device, out);
      }
    }
    out.println();
    out.println(conclusion(diagnosis));
  }

  private static String state(KindFindings kind) {
    if (kind.unavailableReasonOrNull() != null) {
      return "cannot be used: " + kind.unavailableReasonOrNull();
    }
    if (!kind.works()) {
      return "FAILED";
    }
    boolean checked = kind.devices().stream().noneMatch(device -> device.checks().isEmpty());
    return checked ? "works" : "can be used";
  }

  private static void device(KindFindings kind, DeviceFindings device, PrintWriter out) {
    String indent = "  ";
    if (kind.devices().size() > 1 || !device.facts().isEmpty()) {
      line("device " + device.index(), device.works() ? "" : "FAILED", indent, out);
      indent = "    ";
      facts(device.facts(), indent, out);
    }
    for (CheckResult check : device.checks()) {
      line("check", check.summary(), indent, out);
    }
  }

  private static String conclusion(Diagnosis diagnosis) {
    String auto = diagnosis.autoOrNull();
    if (auto == null) {
      return "--device auto finds no device.";
    }
    Optional<KindFindings> taken =
        diagnosis.kinds().stream().filter(kind -> kind.name().equals(auto)).findFirst();
    boolean failed = taken.isPresent() && !taken.get().works();
    return "--device auto takes %s%s."
        .formatted(auto, failed ? ", which FAILED: name another device until it is repaired" : "");
  }

  private static void facts(List<Fact> facts, String indent, PrintWriter out) {
    facts.forEach(fact -> line(fact.name(), fact.value(), indent, out));
  }

  private static void line(String name, String value, String indent, PrintWriter out) {
    out.println((indent + pad(name, NAME_WIDTH - indent.length()) + " " + value).stripTrailing());
  }

  private static String pad(String text, int width) {
    return text + " ".repeat(Math.max(0, width - text.length()));
  }
}
