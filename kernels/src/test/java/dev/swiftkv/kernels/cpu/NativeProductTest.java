package dev.swiftkv.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.DeviceBuffer;
import dev.swiftkv.kernels.MatrixSource;
import dev.swiftkv.kernels.Projection;
import dev.swiftkv.kernels.Tensor;
import dev.swiftkv.kernels.WeightMatrix;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every row of a product is bitwise that of the row alone, at every edge of the block sizes. */
class NativeProductTest {
  private static final int[] ROWS = {
    1, 2, 3, 7, 8, 9, 16, 17, 25, 33, 49, 63, 65, 80, 97, 129, 145, 193, 209, 255, 257, 300, 513
  };
  private static final float RESIDUAL = 0.5f;

  private NativeCpuBackend backend;

  @BeforeEach
  void openBackend() {
    assumeTrue(
        NativeLibrary.unavailableReason().isEmpty(),
        () -> NativeLibrary.unavailableReason().orElse(""));
    backend = new NativeCpuBackend(new BackendOptions(2L << 30, 2, 0));
  }

  @AfterEach
  void closeBackend() {
    if (backend != null) {
      backend.close();
    }
  }

  static Stream<Arguments> shapes() {
    int[][] shapes = {
      {2048, 512}, {288, 768}, {288, 32}, {768, 288}, {64, 64}, {100, 36}, {1, 3}, {4096, 96}
    };
    return Arrays.stream(shapes)
        .flatMap(
            shape ->
                Stream.of(DType.F32, DType.BF16)
                    .map(dtype -> Arguments.of(dtype, shape[0], shape[1])));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void rowsDoNotSeeEachOther(DType dtype, int inputs, int outputs) {
    assumeTrue(backend.computeTypes().contains(dtype));
    try (WeightMatrix weight = weight(dtype, inputs, outputs)) {
      float[] alone = product(weight, 1);
      float[] added = productAdded(weight, 1);
      for (int rows : ROWS) {
        mustRepeat(rows + " rows", alone, product(weight, rows));
        mustRepeat(rows + " rows, added", added, productAdded(weight, rows));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void blockSizesThatMayNotBeUsedAreReplaced(DType dtype, int inputs, int outputs) {
    assumeTrue(backend.computeTypes().contains(dtype));
    try (WeightMatrix weight = weight(dtype, inputs, outputs)) {
      float[] alone = product(weight, 1);
      float[] added = productAdded(weight, 1);
      for (int rejected : new int[] {256, 2, 128, 192, 4, 8, 24, 32}) {
        MatrixNatives.reject(((NativeWeightMatrix) weight).handle(), rejected);
        for (int rows : new int[] {1, 2, 5, 30, 130, 256, 300}) {
          String what = "%d rows without blocks of %d".formatted(rows, rejected);
          mustRepeat(what, alone, product(weight, rows));
          mustRepeat(what + ", added", added, productAdded(weight, rows));
        }
      }
    }
  }

  private float[] product(WeightMatrix weight, int rows) {
    return run(
        weight, rows, Float.NaN, (input, output) -> backend.ops().logits(input, weight, output));
  }

  private float[] productAdded(WeightMatrix weight, int rows) {
    Projection projection = Projection.of(weight);
    return run(
        weight,
        rows,
        RESIDUAL,
        (input, output) -> backend.ops().projectAdd(input, projection, output));
  }

  private interface Product {
    void run(Tensor input, Tensor output);
  }

  /** Multiplies equal rows; every row of the output holds {@code before} at the start. */
  private float[] run(WeightMatrix weight, int rows, float before, Product product) {
    int inputBytes = rows * weight.columns() * weight.dtype().bytes();
    try (DeviceBuffer x = backend.memory().allocate("x", inputBytes);
        DeviceBuffer y = backend.memory().allocate("y", 4L * rows * weight.rows())) {
      Tensor input = x.tensor(weight.dtype(), rows, weight.columns());
      Tensor output = y.tensor(DType.F32, rows, weight.rows());
      backend.upload(repeated(noise(7, weight.columns()), rows), input);
      float[] result = new float[rows * weight.rows()];
      Arrays.fill(result, before);
      backend.upload(result, output);
      product.run(input, output);
      backend.download(output, result);
      return result;
    }
  }

  private static void mustRepeat(String what, float[] row, float[] all) {
    int[] expected = bits(repeated(row, all.length / row.length));
    assertThat(bits(all)).as(what).isEqualTo(expected);
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }

  private static float[] repeated(float[] row, int times) {
    float[] rows = new float[row.length * times];
    for (int i = 0; i < times; i++) {
      System.arraycopy(row, 0, rows, i * row.length, row.length);
    }
    return rows;
  }

  private static float[] noise(long seed, int count) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    return values;
  }

  private WeightMatrix weight(DType dtype, int inputs, int outputs) {
    MatrixSource source =
        new MatrixSource() {
          @Override
          public int rows() {
            return outputs;
          }

          @Override
          public int columns() {
            return inputs;
          }

          @Override
          public void readRow(int row, float[] into) {
            System.arraycopy(noise(row, inputs), 0, into, 0, inputs);
          }
        };
    return backend.loadMatrix("weight", dtype, source);
  }
}
