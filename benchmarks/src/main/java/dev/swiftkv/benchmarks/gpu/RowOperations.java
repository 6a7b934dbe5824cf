package dev.swiftkv.benchmarks.gpu;

import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.NoiseBand;
import dev.swiftkv.kernels.Ops;
import dev.swiftkv.kernels.Projection;
import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kernels.RopeTable;
import dev.swiftkv.kernels.SamplingBatch;
import dev.swiftkv.kernels.Tensor;
import dev.swiftkv.kernels.WeightMatrix;
import java.util.Arrays;
import java.util.List;

/** The operations that work row by row, at the sizes of a model. */
final class RowOperations {
  private static final float EPSILON = 1e-5f;
  private static final int POSITIONS = 4096;

  /** Results in F32 whose sums may run in another order. */
  private static final double SUMS = 1e-3;

  /** Results rounded to BF16, or sums of such: one unit in the last place each. */
  private static final double ROUNDED = 0x1p-8;

  private final Shape shape;
  private final int mostRows;

  RowOperations(Shape shape, int mostRows) {
    this.shape = shape;
    this.mostRows = mostRows;
  }

  /** All of them. To add one, add it here. */
  List<RowOperation> all() {
    int heads = shape.attention().queryColumns();
    return List.of(
        new RowOperation("embed", 0, mostRows, this::embed),
        new RowOperation("rmsNorm", ROUNDED, mostRows, this::rmsNorm),
        new RowOperation("queries", ROUNDED, mostRows, this::queries),
        new RowOperation("projectAdd, output", SUMS, mostRows, b -> projectAdd(b, heads)),
        new RowOperation(
            "projectAdd, down", SUMS, mostRows, b -> projectAdd(b, shape.intermediate())),
        new RowOperation("gatedFfn", ROUNDED, mostRows, this::gatedFfn),
        new RowOperation("gatherRows", 0, mostRows, this::gatherRows),
        new RowOperation("logits", SUMS, mostRows, this::logits),
        new RowOperation("sample", 0, Math.min(64, mostRows), this::sample));
  }

  private RowOperation.Runner embed(Workbench bench) {
    WeightMatrix table =
        bench.weight("embedding", NoiseSource.of(1, shape.vocabulary(), shape.hidden()));
    Tensor x = bench.tensor(DType.F32, mostRows, shape.hidden());
    RaggedBatch batch = bench.batch(mostRows, 1, 1);
    return (rows, wanted) -> {
      fillBatch(batch, rows);
      bench.ops().stage(batch);
      Tensor out = poisoned(bench, x.firstRows(rows.length), wanted);
      bench.ops().embed(table, batch, out);
      return read(bench, out, wanted);
    };
  }

  private RowOperation.Runner rmsNorm(Workbench bench) {
    Tensor weight = bench.noise(DType.F32, 2, 1, shape.hidden());
    Tensor x = bench.tensor(DType.F32, mostRows, shape.hidden());
    Tensor normed = bench.tensor(DType.BF16, mostRows, shape.hidden());
    return (rows, wanted) -> {
      Tensor in = filled(bench, x.firstRows(rows.length), 3, rows);
      Tensor out = poisoned(bench, normed.firstRows(rows.length), wanted);
      bench.ops().rmsNorm(in, weight, EPSILON, out);
      return read(bench, out, wanted);
    };
  }

  private RowOperation.Runner queries(Workbench bench) {
    int columns = shape.attention().queryColumns();
    Projection project =
        Projection.of(bench.weight("query", NoiseSource.of(4, columns, shape.hidden())));
    RopeTable rope = bench.rope(shape, POSITIONS);
    Tensor normed = bench.tensor(DType.BF16, mostRows, shape.hidden());
    Tensor queries = bench.tensor(DType.BF16, mostRows, columns);
    RaggedBatch batch = bench.batch(mostRows, mostRows, 1);
    return (rows, wanted) -> {
      batch.clear();
      for (int row : rows) {
        int position = (int) (NoiseBand.mix(row) & (POSITIONS - 1));
        batch.addSequence(position + 1);
        batch.addToken(0, position, 0);
      }
      bench.ops().stage(batch);
      Tensor in = filled(bench, normed.firstRows(rows.length), 5, rows);
      Tensor out = poisoned(bench, queries.firstRows(rows.length), wanted);
      bench.ops().queries(in, project, shape.attention(), rope, batch, out);
      return read(bench, out, wanted);
    };
  }

  private RowOperation.Runner projectAdd(Workbench bench, int inputs) {
    Projection project =
        Projection.of(bench.weight("project", NoiseSource.of(6, shape.hidden(), inputs)));
    Tensor input = bench.tensor(DType.BF16, mostRows, inputs);
    Tensor x = bench.tensor(DType.F32, mostRows, shape.hidden());
    return (rows, wanted) -> {
      Tensor in = filled(bench, input.firstRows(rows.length), 7, rows);
      Tensor out = filled(bench, x.firstRows(rows.length), 8, rows);
      bench.ops().projectAdd(in, project, out);
      return read(bench, out, wanted);
    };
  }

  private RowOperation.Runner gatedFfn(Workbench bench) {
    WeightMatrix gateUp =
        bench.weight("gate_up", NoiseSource.of(9, 2 * shape.intermediate(), shape.hidden()));
    WeightMatrix down =
        bench.weight("down", NoiseSource.of(10, shape.hidden(), shape.intermediate()));
    Tensor normed = bench.tensor(DType.BF16, mostRows, shape.hidden());
    Tensor x = bench.tensor(DType.F32, mostRows, shape.hidden());
    return (rows, wanted) -> {
      Tensor in = filled(bench, normed.firstRows(rows.length), 11, rows);
      Tensor out = filled(bench, x.firstRows(rows.length), 12, rows);
      bench.ops().gatedFfn(in, gateUp, down, out);
      return read(bench, out, wanted);
    };
  }

  private RowOperation.Runner gatherRows(Workbench bench) {
    Tensor x = bench.tensor(DType.F32, mostRows, shape.hidden());
    Tensor gathered = bench.tensor(DType.F32, mostRows, shape.hidden());
    RaggedBatch batch = bench.batch(mostRows, 1, 1);
    return (rows, wanted) -> {
      fillBatch(batch, rows);
      bench.ops().stage(batch);
      Tensor in = filled(bench, x.firstRows(rows.length), 13, rows);
      Tensor out = poisoned(bench, gathered.firstRows(rows.length), wanted);
      bench.ops().gatherRows(in, batch, out);
      return read(bench, out, wanted);
    };
  }

  private RowOperation.Runner logits(Workbench bench) {
    WeightMatrix head =
        bench.weight("head", NoiseSource.of(14, shape.vocabulary(), shape.hidden()));
    Tensor normed = bench.tensor(DType.BF16, mostRows, shape.hidden());
    Tensor all = bench.tensor(DType.F32, mostRows, shape.vocabulary());
    return (rows, wanted) -> {
      Tensor in = filled(bench, normed.firstRows(rows.length), 15, rows);
      Tensor out = poisoned(bench, all.firstRows(rows.length), wanted);
      bench.ops().logits(in, head, out);
      return read(bench, out, wanted);
    };
  }

  /** A quarter of the rows greedy, the others with all that sampling knows. */
  private RowOperation.Runner sample(Workbench bench) {
    int most = Math.min(64, mostRows);
    Tensor logits = bench.tensor(DType.F32, most, shape.vocabulary());
    SamplingBatch sampling = bench.keep(new SamplingBatch(most, most));
    Ops ops = bench.ops();
    return (rows, wanted) -> {
      Tensor in = filled(bench, logits.firstRows(rows.length), 16, rows);
      sampling.clear();
      for (int row : rows) {
        float temperature = row % 4 == 0 ? 0 : 0.25f * (row % 4);
        sampling.add(temperature, row % 3 * 20, 0.9f, 0.01f, 1.1f, row, row);
        sampling.addPenalized((int) (NoiseBand.mix(row) & Integer.MAX_VALUE) % shape.vocabulary());
      }
      int[] tokens = new int[rows.length];
      ops.sample(in, sampling, tokens);
      return Arrays.stream(wanted).mapToObj(i -> new float[] {tokens[i]}).toArray(float[][]::new);
    };
  }

  private void fillBatch(RaggedBatch batch, int[] rows) {
    batch.clear();
    batch.addSequence(rows.length);
    for (int i = 0; i < rows.length; i++) {
      int token = (int) (NoiseBand.mix(rows[i]) & Integer.MAX_VALUE) % shape.vocabulary();
      batch.addToken(token, i, 0);
      batch.needLogits();
    }
  }

  private static Tensor filled(Workbench bench, Tensor tensor, long seed, int[] rows) {
    bench.backend().upload(Workbench.noiseRows(seed, rows, tensor.columns()), tensor);
    return tensor;
  }

  /** NaN where results will be looked at; all over where a tensor cannot be cut. */
  private static Tensor poisoned(Workbench bench, Tensor tensor, int[] wanted) {
    if (tensor.dtype() != DType.F32) {
      float[] poison = new float[tensor.rows() * tensor.columns()];
      Arrays.fill(poison, Float.NaN);
      bench.backend().upload(poison, tensor);
      return tensor;
    }
    float[] poison = new float[tensor.columns()];
    Arrays.fill(poison, Float.NaN);
    for (int row : wanted) {
      bench.backend().upload(poison, tensor.slice(row, 1));
    }
    return tensor;
  }

  private static float[][] read(Workbench bench, Tensor tensor, int[] wanted) {
    int columns = tensor.columns();
    float[] all = tensor.dtype() == DType.F32 ? null : bench.values(tensor);
    float[][] result = new float[wanted.length][];
    for (int i = 0; i < wanted.length; i++) {
      result[i] =
          all == null
              ? bench.values(tensor.slice(wanted[i], 1))
              : Arrays.copyOfRange(all, wanted[i] * columns, (wanted[i] + 1) * columns);
    }
    return result;
  }
}
