package dev.swiftkv.benchmarks.gpu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;

/**
 * Every operation on the device against the scalar one, which defines them, and against itself: one
 * finding {@code {"operation", "error", "bound", "failures"}} each.
 *
 * <p>Row by row: {@code rows} rows at once, a few of them compared with the definition and, bit by
 * bit, with the same rows alone and in steps of other sizes; {@code repeats} runs give equal bits.
 * Keys and values: read whole, in chunks, token by token and beside {@code rows} other tokens.
 */
record CorrectnessTask(String device) implements Task {
  private static final String DEFINITION = "scalar";

  /** Attention may round its weights to BF16, scores of rounded queries and keys move a little. */
  private static final double ATTENDED = 0x1p-6;

  @Override
  public void run(JsonNode request, ObjectNode answer) {
    Shape shape = Shape.of(request);
    ArrayNode findings = answer.putArray("findings");
    int rows = request.required("rows").asInt();
    int repeats = request.required("repeats").asInt();
    List<RowOperation> onDevice = new RowOperations(shape, rows).all();
    List<RowOperation> defined = new RowOperations(shape, 3).all();
    for (int i = 0; i < onDevice.size(); i++) {
      RowOperation operation = onDevice.get(i);
      RowOperation definition = defined.get(i);
      Finding finding = new Finding(operation.name(), operation.bound());
      finding.check(() -> checkRows(operation, definition, repeats, finding));
      finding.addTo(findings);
    }
    for (JsonNode one : request.required("sequences")) {
      Finding finding = new Finding(one.required("name").asText(), ATTENDED);
      finding.check(() -> checkSequence(shape, one, rows, repeats, finding));
      finding.addTo(findings);
    }
  }

  private void checkRows(
      RowOperation operation, RowOperation definition, int repeats, Finding finding) {
    int most = operation.mostRows();
    int[] rows = new int[most];
    Arrays.setAll(rows, i -> i);
    // The first row, one inside and the last: those that the definition computes too.
    int[] sampled = {0, most / 2 + 1 < most ? most / 2 + 1 : most / 2, most - 1};
    try (Workbench bench = new Workbench(device)) {
      RowOperation.Runner runner = operation.prepare().on(bench);
      float[][] among = runner.run(rows, sampled);
      finding.compare(definition(definition, sampled), among);
      for (int i = 0; i < sampled.length; i++) {
        float[][] alone = runner.run(new int[] {sampled[i]}, new int[] {0});
        finding.same("row %d alone and among %d".formatted(sampled[i], most), alone[0], among[i]);
      }
      checkSizes(runner, rows, finding);
      int[] some = Arrays.copyOf(rows, Math.min(most, 257));
      float[][] first = runner.run(some, some);
      for (int repeat = 1; repeat < repeats; repeat++) {
        finding.same("run %d and the first".formatted(repeat + 1), runner.run(some, some), first);
      }
    }
  }

  /** Steps of other sizes, which kernels for few and for many rows may share out otherwise. */
  private static void checkSizes(RowOperation.Runner runner, int[] rows, Finding finding) {
    int[] all = Arrays.copyOf(rows, Math.min(rows.length, 300));
    float[][] expected = runner.run(all, all);
    for (int size : new int[] {2, 8, 16, 17, 64, 65, 128, 129, 256}) {
      if (size < all.length) {
        int[] some = Arrays.copyOf(all, size);
        float[][] first = Arrays.copyOf(expected, size);
        finding.same("%d rows and %d".formatted(size, all.length), runner.run(some, some), first);
      }
    }
  }

  private static float[][] definition(RowOperation operation, int[] rows) {
    try (Workbench bench = new Workbench(DEFINITION)) {
      return operation.prepare().on(bench).run(rows, new int[] {0, 1, 2});
    }
  }

  private void checkSequence(Shape shape, JsonNode one, int beside, int repeats, Finding finding) {
    int length = one.required("length").asInt();
    int inputs = one.required("inputs").asInt();
    boolean later = one.required("later").asBoolean();
    int tail = Math.min(length - 1, one.required("tail").asInt());
    try (Workbench bench = new Workbench(device);
        Workbench reference = new Workbench(DEFINITION)) {
      CachedSequence sequence = new CachedSequence(bench, shape, length, inputs, later, beside);
      float[] whole = sequence.whole(tail);
      CachedSequence defined = new CachedSequence(reference, shape, length, inputs, later, 0);
      finding.compare(byRow(defined.inChunks(length - tail, tail), shape), byRow(whole, shape));
      for (JsonNode chunk : one.required("chunks")) {
        finding.same(
            "chunks of %d and whole".formatted(chunk.asInt()),
            sequence.inChunks(chunk.asInt(), tail),
            whole);
      }
      finding.same("token by token and whole", sequence.decoded(tail), whole);
      finding.same("beside others and alone", sequence.beside(beside, tail), whole);
      for (int repeat = 1; repeat < repeats; repeat++) {
        finding.same("run %d and the first".formatted(repeat + 1), sequence.whole(tail), whole);
      }
    }
  }

  private static float[][] byRow(float[] all, Shape shape) {
    int columns = shape.attention().queryColumns();
    float[][] rows = new float[all.length / columns][];
    Arrays.setAll(rows, i -> Arrays.copyOfRange(all, i * columns, (i + 1) * columns));
    return rows;
  }
}
