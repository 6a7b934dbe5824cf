package dev.swiftkv.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Operations on single rows: embedding, norm, products, feed-forward, and the transfers. */
public interface MatrixOpsContract {
  /** Rows, inputs, outputs. */
  int[][] PRODUCTS = {
    {1, 1, 1}, {2, 7, 33}, {3, 33, 7}, {5, 207, 129}, {1, 4096, 17}, {17, 64, 208}, {300, 40, 24}
  };

  /** Rows, hidden, intermediate. */
  int[][] FEED_FORWARDS = {{1, 1, 1}, {3, 7, 33}, {5, 33, 207}, {2, 64, 1024}, {260, 32, 48}};

  Device device();

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  default void transfersRoundToTheTensorsType(DType dtype) {
    float[] values = {0f, -0f, 1f, 1.00390625f, 1.01171875f, -3.1415927f, 1e-38f, 3e38f};
    float[] expected = values.clone();
    for (int i = 0; dtype == DType.BF16 && i < values.length; i++) {
      expected[i] = Bf16.round(values[i]);
    }
    assertThat(device().values(device().tensor(dtype, 2, 4, values))).isEqualTo(expected);
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  default void embedCopiesRowsOfTheTable(DType dtype) {
    device().needs(dtype);
    int[] ids = {3, 0, 49, 3};
    for (int hidden : new int[] {1, 7, 33, 207, 4096}) {
      float[] table = Device.random(hidden, 50 * hidden, 1f, dtype);
      RaggedBatch batch = batch(ids, 50);
      Tensor x = device().tensor(DType.F32, ids.length, hidden);
      device().ops().embed(device().matrix(dtype, 50, hidden, table), batch, x);
      float[] expected = new float[ids.length * hidden];
      for (int t = 0; t < ids.length; t++) {
        System.arraycopy(table, ids[t] * hidden, expected, t * hidden, hidden);
      }
      assertThat(device().values(x)).as("hidden %d", hidden).isEqualTo(expected);
    }
  }

  @Test
  default void embedRefusesATokenOutsideTheTable() {
    WeightMatrix table = device().matrix(DType.F32, 5, 4, new float[20]);
    Tensor x = device().tensor(DType.F32, 1, 4);
    RaggedBatch batch = batch(new int[] {5}, 8);
    assertThatThrownBy(() -> device().ops().embed(table, batch, x))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessageContaining("5");
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  default void rmsNormMatchesDoublePrecision(DType dtype) {
    device().needs(dtype);
    for (int hidden : new int[] {1, 7, 32, 33, 128, 207, 4096, 4098}) {
      for (float size : new float[] {1e-3f, 1f, 1e4f}) {
        float[] x = Device.random(hidden, 3 * hidden, size, DType.F32);
        float[] weight = Device.random(hidden + 1, hidden, 2f, DType.F32);
        Tensor out = device().tensor(dtype, 3, hidden);
        device()
            .ops()
            .rmsNorm(
                device().tensor(DType.F32, 3, hidden, x),
                device().tensor(DType.F32, 1, hidden, weight),
                1e-5f,
                out);
        DoublePrecision.rmsNorm(x, weight, 1e-5f)
            .roundedTo(dtype)
            .mustHold("rmsNorm of %d, size %s".formatted(hidden, size), device().values(out));
      }
    }
  }

  @Test
  default void rmsNormOfZerosIsZero() {
    Tensor out = device().tensor(DType.F32, 1, 7);
    Tensor weight = device().tensor(DType.F32, 1, 7, new float[] {1, 2, 3, 4, 5, 6, 7});
    device().ops().rmsNorm(device().tensor(DType.F32, 1, 7, new float[7]), weight, 1e-6f, out);
    assertThat(device().values(out)).containsOnly(0f);
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  default void projectAddMatchesDoublePrecision(DType dtype) {
    device().needs(dtype);
    for (int[] shape : PRODUCTS) {
      float[] input = Device.random(1, shape[0] * shape[1], 1f, dtype);
      float[] weight = Device.random(2, shape[2] * shape[1], 1f, dtype);
      float[] residual = Device.random(3, shape[0] * shape[2], 2f, DType.F32);
      float[] bias = Device.random(4, shape[2], 1f, DType.F32);
      Tensor in = device().tensor(dtype, shape[0], shape[1], input);
      WeightMatrix matrix = device().matrix(dtype, shape[2], shape[1], weight);
      Tensor biasTensor = device().tensor(DType.F32, 1, shape[2], bias);
      Bounded expected = DoublePrecision.product(input, weight, shape[1]).plus(residual);
      String what = "projectAdd [%d, %d] to %d".formatted(shape[0], shape[1], shape[2]);

      Tensor plain = device().tensor(DType.F32, shape[0], shape[2], residual);
      device().ops().projectAdd(in, Projection.of(matrix), plain);
      expected.mustHold(what, device().values(plain));

      Tensor biased = device().tensor(DType.F32, shape[0], shape[2], residual);
      device().ops().projectAdd(in, new Projection(matrix, biasTensor), biased);
      expected.plusRow(bias).mustHold(what + " with bias", device().values(biased));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  default void logitsMatchDoublePrecision(DType dtype) {
    device().needs(dtype);
    for (int[] shape : PRODUCTS) {
      float[] normed = Device.random(1, shape[0] * shape[1], 1f, dtype);
      float[] head = Device.random(2, shape[2] * shape[1], 1f, dtype);
      Tensor logits = device().tensor(DType.F32, shape[0], shape[2]);
      device()
          .ops()
          .logits(
              device().tensor(dtype, shape[0], shape[1], normed),
              device().matrix(dtype, shape[2], shape[1], head),
              logits);
      DoublePrecision.product(normed, head, shape[1])
          .mustHold("logits of %d from %d".formatted(shape[2], shape[1]), device().values(logits));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  default void gatedFfnMatchesDoublePrecision(DType dtype) {
    device().needs(dtype);
    for (int[] shape : FEED_FORWARDS) {
      int hidden = shape[1];
      float[] normed = Device.random(1, shape[0] * hidden, 1f, dtype);
      float[] gateUp = Device.random(2, 2 * shape[2] * hidden, 1f, dtype);
      float[] down = Device.random(3, hidden * shape[2], 1f, dtype);
      float[] residual = Device.random(4, shape[0] * hidden, 2f, DType.F32);
      Tensor x = device().tensor(DType.F32, shape[0], hidden, residual);
      device()
          .ops()
          .gatedFfn(
              device().tensor(dtype, shape[0], hidden, normed),
              device().matrix(dtype, 2 * shape[2], hidden, gateUp),
              device().matrix(dtype, hidden, shape[2], down),
              x);
      DoublePrecision.gatedFfn(normed, gateUp, down, hidden, dtype)
          .plus(residual)
          .mustHold("gatedFfn of %d by %d".formatted(hidden, shape[2]), device().values(x));
    }
  }

  @Test
  default void gatedFfnOfExtremeGatesSaturates() {
    WeightMatrix gateUp = device().matrix(DType.F32, 2, 1, new float[] {1, 1});
    WeightMatrix down = device().matrix(DType.F32, 1, 1, new float[] {1});
    Tensor x = device().tensor(DType.F32, 3, 1, new float[3]);
    Tensor normed = device().tensor(DType.F32, 3, 1, new float[] {-200, 0, 200});
    device().ops().gatedFfn(normed, gateUp, down, x);
    // silu(-200) * -200 is 40000 * exp(-200), which F32 cannot hold.
    assertThat(device().values(x)).containsExactly(0f, 0f, 40_000f);
  }

  @Test
  default void gatherRowsTakesTheRowsThatNeedLogits() {
    RaggedBatch batch = device().keep(new RaggedBatch(4, 1, 1));
    batch.clear();
    batch.addSequence(4);
    for (int t = 0; t < 4; t++) {
      batch.addToken(t, t, t);
      if (t % 2 == 1) {
        batch.needLogits();
      }
    }
    device().ops().stage(batch);
    Tensor x = device().tensor(DType.F32, 4, 3, new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
    Tensor out = device().tensor(DType.F32, 2, 3);
    device().ops().gatherRows(x, batch, out);
    assertThat(device().values(out)).containsExactly(3, 4, 5, 9, 10, 11);
  }

  @Test
  default void shapesThatDoNotFitAreRefusedBeforeMemoryIsTouched() {
    WeightMatrix weight = device().matrix(DType.F32, 6, 4, new float[24]);
    Tensor four = device().tensor(DType.F32, 2, 4);
    Tensor five = device().tensor(DType.F32, 2, 5);
    Tensor six = device().tensor(DType.F32, 2, 6);
    Ops ops = device().ops();
    assertThatThrownBy(() -> ops.logits(five, weight, six))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[2, 4]")
        .hasMessageContaining("[2, 5]");
    assertThatThrownBy(() -> ops.projectAdd(four, Projection.of(weight), five))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ops.gatedFfn(four, weight, weight, four))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ops.rmsNorm(four, four, 1e-5f, four))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  default void weightsInTheStorageTypeF16AreRefused() {
    assertThatThrownBy(() -> device().matrix(DType.F16, 2, 2, new float[4]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("F16");
  }

  /** A staged batch of one sequence with these tokens. */
  private RaggedBatch batch(int[] ids, int maxTokens) {
    RaggedBatch batch = device().keep(new RaggedBatch(maxTokens, 1, 1));
    batch.clear();
    batch.addSequence(ids.length);
    for (int t = 0; t < ids.length; t++) {
      batch.addToken(ids[t], t, t);
    }
    device().ops().stage(batch);
    return batch;
  }
}
