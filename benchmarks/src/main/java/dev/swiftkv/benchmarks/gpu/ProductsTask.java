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
import java.util.List;
import java.util.stream.IntStream;

/**
 * The six matrix products of a layer stack, as the forward pass calls them, epilogues included: one
 * measurement {@code {"product", "rows", "outputs", "inputs", "seconds"}} each. Gate and up is the
 * feed-forward less its down projection.
 *
 * <p>Several copies of a weight take turns until they are {@code weight_bytes} together, so that
 * none is found in the device's cache, as in a model it would not.
 */
record ProductsTask(String device) implements Task {
  @Override
  public void run(JsonNode request, ObjectNode answer) {
    ArrayNode measurements = answer.putArray("measurements");
    int[] rows =
        IntStream.range(0, request.required("rows").size())
            .map(i -> request.get("rows").get(i).asInt())
            .toArray();
    try (Workbench bench = new Workbench(device)) {
      Measurement measurement = new Measurement(bench, request, rows[rows.length - 1]);
      for (int count : rows) {
        measurement.measure(count, measurements);
      }
    }
  }

  /** Operands for the largest number of rows; smaller ones use the first rows. */
  private static final class Measurement {
    private final Workbench bench;
    private final Shape shape;
    private final Stopwatch stopwatch;
    private final long weightBytes;
    private final RopeTable rope;
    private final RaggedBatch batch;
    private final PagedKv cache;
    private final List<PagedKv> laterCaches;
    private final Tensor hidden;
    private final Tensor intermediate;
    private final Tensor heads;
    private final Tensor x;
    private final Tensor logits;
    private final List<WeightMatrix> qkv;
    private final List<WeightMatrix> output;
    private final List<WeightMatrix> gateUp;
    private final List<WeightMatrix> down;
    private final List<WeightMatrix> laterKv;
    private final List<WeightMatrix> head;

    Measurement(Workbench bench, JsonNode request, int mostRows) {
      this.bench = bench;
      shape = Shape.of(request);
      stopwatch = Stopwatch.of(request);
      weightBytes = request.required("weight_bytes").asLong();
      rope = bench.rope(shape, mostRows);
      int blocks = (mostRows - 1) / Shape.BLOCK_TOKENS + 1;
      batch = bench.batch(mostRows, 1, blocks);
      cache = bench.cache(shape, blocks);
      laterCaches =
          IntStream.range(0, shape.laterCaches())
              .mapToObj(i -> bench.cache(shape, blocks))
              .toList();
      hidden = bench.noise(DType.BF16, 1, mostRows, shape.hidden());
      intermediate = bench.noise(DType.BF16, 2, mostRows, shape.intermediate());
      heads = bench.noise(DType.BF16, 3, mostRows, shape.attention().queryColumns());
      x = bench.tensor(DType.F32, mostRows, shape.hidden());
      logits = bench.tensor(DType.F32, mostRows, shape.vocabulary());
      qkv = copies("qkv", shape.qkvColumns(), shape.hidden());
      output = copies("output", shape.hidden(), shape.attention().queryColumns());
      gateUp = copies("gate_up", 2 * shape.intermediate(), shape.hidden());
      down = copies("down", shape.hidden(), shape.intermediate());
      laterKv = copies("later_kv", shape.laterKvColumns(), shape.hidden());
      head = copies("head", shape.vocabulary(), shape.hidden());
    }

    private List<WeightMatrix> copies(String name, int rows, int columns) {
      int count = (int) Math.max(1, weightBytes / (2L * rows * columns));
      return IntStream.range(0, count)
          .mapToObj(i -> bench.weight(name, NoiseSource.of(10 + i, rows, columns)))
          .toList();
    }

    void measure(int rows, ArrayNode to) {
      batch.clear();
      Workbench.addSequence(batch, 0, rows, 0, shape.vocabulary());
      bench.ops().stage(batch);
      Tensor in = hidden.firstRows(rows);
      Tensor sum = x.firstRows(rows);
      var attention = shape.attention();
      Tensor queries = heads.firstRows(rows);
      add(
          "qkv",
          rows,
          qkv,
          time(i -> bench.ops().qkv(in, of(qkv, i), attention, rope, batch, cache, queries)),
          to);
      add(
          "output",
          rows,
          output,
          time(i -> bench.ops().projectAdd(queries, of(output, i), sum)),
          to);
      Tensor wide = intermediate.firstRows(rows);
      double downSeconds = time(i -> bench.ops().projectAdd(wide, of(down, i), sum));
      double bothSeconds =
          time(
              i ->
                  bench
                      .ops()
                      .gatedFfn(in, gateUp.get(i % gateUp.size()), down.get(i % down.size()), sum));
      add("gate_up", rows, gateUp, bothSeconds - downSeconds, to);
      add("down", rows, down, downSeconds, to);
      add(
          "later_kv",
          rows,
          laterKv,
          time(i -> bench.ops().laterKv(in, of(laterKv, i), attention, rope, batch, laterCaches)),
          to);
      Tensor all = logits.firstRows(rows);
      add(
          "head",
          rows,
          head,
          time(i -> bench.ops().logits(in, head.get(i % head.size()), all)),
          to);
    }

    private double time(Stopwatch.Work work) {
      return stopwatch.seconds(bench.ops(), work);
    }

    private static Projection of(List<WeightMatrix> weights, int repetition) {
      return Projection.of(weights.get(repetition % weights.size()));
    }

    private static void add(
        String product, int rows, List<WeightMatrix> weights, double seconds, ArrayNode to) {
      WeightMatrix weight = weights.get(0);
      to.addObject()
          .put("product", product)
          .put("rows", rows)
          .put("outputs", weight.rows())
          .put("inputs", weight.columns())
          .put("seconds", seconds);
    }
  }
}
