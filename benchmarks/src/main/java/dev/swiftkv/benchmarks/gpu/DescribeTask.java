package dev.swiftkv.benchmarks.gpu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** What runs here: {@code {"device", "java", "threads"}}. */
record DescribeTask(String device) implements Task {
  @Override
  public void run(JsonNode request, ObjectNode answer) {
    try (Workbench bench = new Workbench(device)) {
      answer.put("device", bench.backend().name() + ": " + bench.backend().description());
      answer.put("step_tokens", bench.backend().preferredStepTokens());
    }
    answer.put("java", Runtime.version().toString());
    answer.put("threads", Runtime.getRuntime().availableProcessors());
  }
}
