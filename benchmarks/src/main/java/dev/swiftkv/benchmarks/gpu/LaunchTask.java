package dev.swiftkv.benchmarks.gpu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kernels.Tensor;

/**
 * What it costs to start the smallest operation: {@code {"launch", "seconds"}} for one after the
 * other, for one that is waited for, and for one within a recorded step.
 */
record LaunchTask(String device) implements Task {
  private static final int COLUMNS = 64;

  @Override
  public void run(JsonNode request, ObjectNode answer) {
    Stopwatch stopwatch = Stopwatch.of(request);
    int operations = request.required("operations").asInt();
    ArrayNode measurements = answer.putArray("measurements");
    try (Workbench bench = new Workbench(device)) {
      RaggedBatch batch = bench.batch(1, 1, 1);
      Workbench.addSequence(batch, 0, 1, 0, 2);
      batch.needLogits();
      bench.ops().stage(batch);
      Tensor x = bench.noise(DType.F32, 1, 1, COLUMNS);
      Tensor out = bench.tensor(DType.F32, 1, COLUMNS);
      Runnable smallest = () -> bench.ops().gatherRows(x, batch, out);
      Runnable step =
          () -> {
            for (int i = 0; i < operations; i++) {
              smallest.run();
            }
          };
      add("queued", stopwatch.seconds(bench.ops(), i -> step.run()) / operations, measurements);
      double alone =
          stopwatch.seconds(
              bench.ops(),
              i -> {
                smallest.run();
                bench.ops().finish();
              });
      add("waited for", alone, measurements);
      double recorded = stopwatch.seconds(bench.ops(), i -> bench.ops().step(batch, step));
      add("in a step", recorded / operations, measurements);
    }
  }

  private static void add(String launch, double seconds, ArrayNode to) {
    to.addObject().put("launch", launch).put("seconds", seconds);
  }
}
