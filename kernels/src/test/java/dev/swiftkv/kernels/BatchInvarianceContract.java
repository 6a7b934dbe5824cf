package dev.swiftkv.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A row's result is bitwise the same alone and in any company, for every operation on rows. */
public interface BatchInvarianceContract {
  /** Companies that cross the edges of vectors, tiles and thread shares. */
  int[] ROWS = {2, 7, 16, 17, 33, 64, 200, 513};

  /** Inputs, outputs; the last ones are narrow, where a library is tempted to split the sum. */
  int[][] PRODUCTS = {{33, 7}, {288, 768}, {2048, 64}, {1024, 512}};

  Device device();

  /** What an operation does with rows of some width. */
  interface RowOperation {
    float[] run(float[] rows, int count);
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  default void projectAddDoesNotSeeOtherRows(DType dtype) {
    device().needs(dtype);
    for (int[] shape : PRODUCTS) {
      float[] weight = Device.random(5, shape[1] * shape[0], 1f, dtype);
      WeightMatrix matrix = device().matrix(dtype, shape[1], shape[0], weight);
      mustNotSeeOtherRows(
          "projectAdd %d to %d".formatted(shape[0], shape[1]),
          dtype,
          shape[0],
          (rows, count) -> {
            Tensor x = device().tensor(DType.F32, count, shape[1], ones(count * shape[1]));
            Tensor in = device().tensor(dtype, count, shape[0], rows);
            device().ops().projectAdd(in, Projection.of(matrix), x);
            return device().values(x);
          });
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  default void logitsDoNotSeeOtherRows(DType dtype) {
    device().needs(dtype);
    for (int[] shape : PRODUCTS) {
      float[] weight = Device.random(5, shape[1] * shape[0], 1f, dtype);
      WeightMatrix matrix = device().matrix(dtype, shape[1], shape[0], weight);
      mustNotSeeOtherRows(
          "logits %d to %d".formatted(shape[0], shape[1]),
          dtype,
          shape[0],
          (rows, count) -> {
            Tensor logits = device().tensor(DType.F32, count, shape[1]);
            device().ops().logits(device().tensor(dtype, count, shape[0], rows), matrix, logits);
            return device().values(logits);
          });
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  default void gatedFfnDoesNotSeeOtherRows(DType dtype) {
    device().needs(dtype);
    int hidden = 96;
    int intermediate = 264;
    WeightMatrix gateUp =
        device()
            .matrix(
                dtype,
                2 * intermediate,
                hidden,
                Device.random(6, 2 * intermediate * hidden, 1f, dtype));
    WeightMatrix down =
        device()
            .matrix(
                dtype, hidden, intermediate, Device.random(7, hidden * intermediate, 1f, dtype));
    mustNotSeeOtherRows(
        "gatedFfn",
        dtype,
        hidden,
        (rows, count) -> {
          Tensor x = device().tensor(DType.F32, count, hidden, ones(count * hidden));
          device().ops().gatedFfn(device().tensor(dtype, count, hidden, rows), gateUp, down, x);
          return device().values(x);
        });
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  default void rmsNormDoesNotSeeOtherRows(DType dtype) {
    device().needs(dtype);
    Tensor weight = device().tensor(DType.F32, 1, 207, Device.random(8, 207, 2f, DType.F32));
    mustNotSeeOtherRows(
        "rmsNorm",
        DType.F32,
        207,
        (rows, count) -> {
          Tensor out = device().tensor(dtype, count, 207);
          device().ops().rmsNorm(device().tensor(DType.F32, count, 207, rows), weight, 1e-5f, out);
          return device().values(out);
        });
  }

  /** Runs a row alone, then first, last and in the middle of others. */
  private static void mustNotSeeOtherRows(
      String what, DType inputType, int width, RowOperation operation) {
    float[] row = Device.random(9, width, 1f, inputType);
    float[] alone = operation.run(row, 1);
    for (int count : ROWS) {
      float[] rows = Device.random(count, count * width, 3f, inputType);
      int[] places = {0, count / 2, count - 1};
      for (int place : places) {
        System.arraycopy(row, 0, rows, place * width, width);
      }
      float[] all = operation.run(rows, count);
      for (int place : places) {
        float[] inCompany =
            Arrays.copyOfRange(all, place * alone.length, (place + 1) * alone.length);
        assertThat(bits(inCompany))
            .as("%s, row %d of %d", what, place, count)
            .isEqualTo(bits(alone));
      }
    }
  }

  /** Bit patterns, so that equality is exact and -0 differs from 0. */
  static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToIntBits(values[i]);
    }
    return bits;
  }

  private static float[] ones(int count) {
    float[] ones = new float[count];
    Arrays.fill(ones, 1f);
    return ones;
  }
}
