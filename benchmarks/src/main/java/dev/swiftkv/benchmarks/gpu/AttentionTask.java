package dev.swiftkv.benchmarks.gpu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.PagedKv;
import dev.swiftkv.kernels.Projection;
import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kernels.RopeTable;
import dev.swiftkv.kernels.Tensor;
import dev.swiftkv.kernels.WeightMatrix;

/**
 * One layer's attention over pages, {@code {"kind", "sequences", "context", "seconds"}} each:
 * {@code prefill} of whole prompts, {@code decode} of one token of every sequence. Keys and values
 * come from projections, since only the device knows its pages.
 */
record AttentionTask(String device) implements Task {
  private static final int INPUTS = 256;

  @Override
  public void run(JsonNode request, ObjectNode answer) {
    ArrayNode measurements = answer.putArray("measurements");
    for (JsonNode one : request.required("cases")) {
      boolean decode = one.required("kind").asText().equals("decode");
      int sequences = one.required("sequences").asInt();
      int context = one.required("context").asInt();
      try (Workbench bench = new Workbench(device)) {
        double seconds = seconds(bench, request, decode, sequences, context);
        measurements
            .addObject()
            .put("kind", decode ? "decode" : "prefill")
            .put("sequences", sequences)
            .put("context", context)
            .put("seconds", seconds);
      }
    }
  }

  private static double seconds(
      Workbench bench, JsonNode request, boolean decode, int sequences, int context) {
    Shape shape = Shape.of(request);
    int blocks = (context - 1) / Shape.BLOCK_TOKENS + 1;
    PagedKv cache = bench.cache(shape, sequences * blocks);
    RopeTable rope = bench.rope(shape, context);
    WeightMatrix qkv = bench.weight("qkv", NoiseSource.of(7, shape.qkvColumns(), INPUTS));
    Tensor input = bench.noise(DType.BF16, 8, context, INPUTS);
    Tensor queries = bench.tensor(DType.BF16, context, shape.attention().queryColumns());
    RaggedBatch whole = bench.batch(context, 1, blocks);
    for (int s = 0; s < sequences; s++) {
      whole.clear();
      Workbench.addSequence(whole, 0, context, s * blocks, shape.vocabulary());
      bench.ops().stage(whole);
      bench.ops().qkv(input, Projection.of(qkv), shape.attention(), rope, whole, cache, queries);
      bench.ops().finish();
    }
    int from = decode ? context - 1 : 0;
    int tokens = sequences * (context - from);
    RaggedBatch batch = bench.batch(tokens, sequences, blocks);
    for (int s = 0; s < sequences; s++) {
      Workbench.addSequence(batch, from, context, s * blocks, shape.vocabulary());
    }
    bench.ops().stage(batch);
    int columns = shape.attention().queryColumns();
    Tensor asked = bench.noise(DType.BF16, 9, tokens, columns);
    Tensor out = bench.tensor(DType.BF16, tokens, columns);
    return Stopwatch.of(request)
        .seconds(bench.ops(), i -> bench.ops().attend(asked, shape.attention(), cache, batch, out));
  }
}
