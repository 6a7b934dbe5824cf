package dev.swiftkv.engine.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swiftkv.engine.doctor.CheckResult;
import dev.swiftkv.engine.doctor.DeviceFindings;
import dev.swiftkv.engine.doctor.Diagnosis;
import dev.swiftkv.engine.doctor.KindFindings;
import dev.swiftkv.kernels.Fact;
import java.util.List;
import java.util.Locale;

/** A diagnosis for programs. */
final class DiagnosisJson {
  private static final double NANOS_PER_SECOND = 1e9;

  private DiagnosisJson() {}

  static ObjectNode of(Diagnosis diagnosis, ObjectMapper mapper) {
    ObjectNode node = mapper.createObjectNode();
    addFacts(node.putObject("machine"), diagnosis.machine());
    ArrayNode kinds = node.putArray("kinds");
    for (KindFindings kind : diagnosis.kinds()) {
      addKind(kinds.addObject(), kind);
    }
    return node.put("auto", diagnosis.autoOrNull())
        .put("some_device_works", diagnosis.someDeviceWorks());
  }

  private static void addKind(ObjectNode node, KindFindings kind) {
    node.put("name", kind.name());
    node.put("unavailable_reason", kind.unavailableReasonOrNull());
    addFacts(node.putObject("facts"), kind.facts());
    ArrayNode devices = node.putArray("devices");
    for (DeviceFindings device : kind.devices()) {
      ObjectNode found = devices.addObject().put("index", device.index());
      addFacts(found.putObject("facts"), device.facts());
      ArrayNode checks = found.putArray("checks");
      device.checks().forEach(check -> addCheck(checks.addObject(), check));
    }
  }

  private static void addCheck(ObjectNode node, CheckResult check) {
    node.put("dtype", check.type().name().toLowerCase(Locale.ROOT))
        .put("passed", check.passed())
        .put("seconds", check.nanos() / NANOS_PER_SECOND)
        .put("error", check.errorOrNull());
    if (Double.isFinite(check.difference())) {
      node.put("difference", check.difference()).put("bound", check.bound());
    }
  }

  private static void addFacts(ObjectNode node, List<Fact> facts) {
    facts.forEach(
        fact ->
            node.put(fact.name().replaceAll("[ -]", "_").toLowerCase(Locale.ROOT), fact.value()));
  }
}
