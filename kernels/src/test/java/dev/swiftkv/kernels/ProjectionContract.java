package dev.swiftkv.kernels;

import static dev.swiftkv.kernels.BatchInvarianceContract.bits;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.kernels.AttentionFixture.Part;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Queries, keys and values with bias and rotation. What reached the pages is seen through
 * attention, since their layout is the backend's own.
 */
public interface ProjectionContract {
  /** Odd groups, the smallest head, a head that is no power of two. */
  AttentionShape[] SHAPES = {
    new AttentionShape(1, 1, 8), new AttentionShape(8, 2, 64), new AttentionShape(7, 1, 80)
  };

  int HIDDEN = 99;

  /** Two sequences; the second is in the middle of its prompt. */
  int[] CONTEXTS = {21, 40};

  Device device();

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  default void qkvProjectsAddsTheBiasRotatesAndWrites(DType dtype) {
    device().needs(dtype);
    for (AttentionShape shape : SHAPES) {
      ProjectionCase test = new ProjectionCase(device(), shape, dtype, CONTEXTS);
      int columns = shape.queryColumns() + 2 * shape.kvColumns();
      float[] weight = test.weight(columns);
      float[] bias = Device.random(12, columns, 1f, DType.F32);
      Projection projection = test.projection(weight, bias);
      for (Part part : parts()) {
        float[] queries = test.qkv(projection, part);
        Bounded projected = test.projected(weight, bias, part);
        test.rotated(projected.columns(columns, 0, shape.queryColumns()), part)
            .roundedTo(dtype)
            .mustHold("queries of " + shape, queries);
        test.mustHaveWritten(test.cache(), weight, bias, shape.queryColumns(), part);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  default void queriesAloneAreProjectedAndRotated(DType dtype) {
    device().needs(dtype);
    for (AttentionShape shape : SHAPES) {
      ProjectionCase test = new ProjectionCase(device(), shape, dtype, CONTEXTS);
      float[] weight = test.weight(shape.queryColumns());
      float[] bias = Device.random(12, shape.queryColumns(), 1f, DType.F32);
      Part part = new Part(1, 13, 40);
      test.rotated(test.projected(weight, bias, part), part)
          .roundedTo(dtype)
          .mustHold("queries of " + shape, test.queries(test.projection(weight, bias), part));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  default void laterKvFillsTheCacheOfEveryLaterLayer(DType dtype) {
    device().needs(dtype);
    for (AttentionShape shape : SHAPES) {
      ProjectionCase test = new ProjectionCase(device(), shape, dtype, CONTEXTS);
      List<PagedKv> caches = List.of(test.newCache(), test.newCache(), test.newCache());
      int perLayer = 2 * shape.kvColumns();
      float[] weight = test.weight(3 * perLayer);
      float[] bias = Device.random(12, 3 * perLayer, 1f, DType.F32);
      Projection projection = test.projection(weight, bias);
      for (Part part : parts()) {
        test.laterKv(projection, caches, part);
        for (int layer = 0; layer < 3; layer++) {
          test.mustHaveWritten(caches.get(layer), weight, bias, layer * perLayer, part);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  default void projectionsDoNotSeeOtherTokens(DType dtype) {
    device().needs(dtype);
    AttentionShape shape = new AttentionShape(8, 2, 64);
    int columns = shape.queryColumns() + 2 * shape.kvColumns();
    ProjectionCase whole = new ProjectionCase(device(), shape, dtype, 200);
    Projection projection = whole.projection(whole.weight(columns), new float[columns]);
    float[] queries = whole.qkv(projection, new Part(0, 0, 200));
    float[] attended = whole.attend(whole.cache(), queries, new Part(0, 0, 200));
    for (int budget : new int[] {1, 7, 16, 33, 64}) {
      ProjectionCase chunked = new ProjectionCase(device(), shape, dtype, 200);
      float[] all = new float[queries.length];
      for (int from = 0; from < 200; from += budget) {
        Part part = new Part(0, from, Math.min(from + budget, 200));
        float[] some = chunked.qkv(projection, part);
        System.arraycopy(some, 0, all, from * shape.queryColumns(), some.length);
      }
      assertThat(bits(all)).as("queries, chunks of %d", budget).isEqualTo(bits(queries));
      float[] again = chunked.attend(chunked.cache(), all, new Part(0, 0, 200));
      assertThat(bits(again)).as("pages, chunks of %d", budget).isEqualTo(bits(attended));
    }
  }

  @Test
  default void aPositionPastTheRotaryTableIsRefused() {
    ProjectionCase test = new ProjectionCase(device(), SHAPES[0], DType.F32, 4);
    Projection projection = test.projection(test.weight(8), new float[8]);
    RopeTable shorter = device().rope(new float[8], new float[8], 2);
    assertThatThrownBy(() -> test.queries(projection, shorter, new Part(0, 0, 4)))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessageContaining("osition 2");
  }

  private static Part[] parts() {
    return new Part[] {new Part(0, 0, 21), new Part(1, 0, 17), new Part(1, 17, 40)};
  }

  /** Random inputs for sequences, and what projections of them must give. */
  final class ProjectionCase {
    private final Device device;
    private final AttentionShape shape;
    private final DType dtype;
    private final AttentionFixture pages;
    private final float[][] inputs;
    private final float[] cosine;
    private final float[] sine;
    private final RopeTable rope;

    ProjectionCase(Device device, AttentionShape shape, DType dtype, int... contexts) {
      this.device = device;
      this.shape = shape;
      this.dtype = dtype;
      KvShape kv = new KvShape(dtype, shape.kvHeads(), shape.headSize(), 16);
      pages = new AttentionFixture(device, shape, kv, 2f, 11, contexts);
      inputs = new float[contexts.length][];
      for (int s = 0; s < contexts.length; s++) {
        inputs[s] = Device.random(20 + s, contexts[s] * HIDDEN, 1f, dtype);
      }
      int positions = Arrays.stream(contexts).max().orElseThrow();
      int half = shape.headSize() / 2;
      cosine = new float[positions * half];
      sine = new float[positions * half];
      for (int i = 0; i < cosine.length; i++) {
        int position = i / half;
        double angle = position * Math.pow(10_000, -(double) (i % half) / half);
        cosine[i] = (float) Math.cos(angle);
        sine[i] = (float) Math.sin(angle);
      }
      rope = device.rope(cosine, sine, positions);
    }

    PagedKv cache() {
      return pages.cache();
    }

    PagedKv newCache() {
      return device.cache(cache().shape(), cache().blocks());
    }

    /** Rows scaled so that scores are neither flat nor peaked. */
    float[] weight(int outputs) {
      return Device.random(30, outputs * HIDDEN, 0.3f, dtype);
    }

    Projection projection(float[] weight, float[] bias) {
      return new Projection(
          device.matrix(dtype, bias.length, HIDDEN, weight),
          device.tensor(DType.F32, 1, bias.length, bias));
    }

    float[] qkv(Projection projection, Part part) {
      try (RaggedBatch batch = pages.batch(part)) {
        Tensor queries = device.tensor(dtype, batch.tokenCount(), shape.queryColumns());
        device.ops().qkv(input(part), projection, shape, rope, batch, cache(), queries);
        return device.values(queries);
      }
    }

    float[] queries(Projection projection, Part part) {
      return queries(projection, rope, part);
    }

    float[] queries(Projection projection, RopeTable table, Part part) {
      try (RaggedBatch batch = pages.batch(part)) {
        Tensor queries = device.tensor(dtype, batch.tokenCount(), shape.queryColumns());
        device.ops().queries(input(part), projection, shape, table, batch, queries);
        return device.values(queries);
      }
    }

    void laterKv(Projection projection, List<PagedKv> caches, Part part) {
      try (RaggedBatch batch = pages.batch(part)) {
        device.ops().laterKv(input(part), projection, shape, rope, batch, caches);
        device.values(device.tensor(DType.F32, 1, 1, new float[1]));
      }
    }

    float[] attend(PagedKv cache, float[] queries, Part part) {
      return pages.attend(cache, queries, part);
    }

    Bounded projected(float[] weight, float[] bias, Part part) {
      return DoublePrecision.product(inputRows(part), weight, HIDDEN).plusRow(bias);
    }

    Bounded rotated(Bounded heads, Part part) {
      int[] positions = IntStream.range(part.from(), part.to()).toArray();
      int columns = heads.values().length / positions.length;
      return DoublePrecision.rotate(heads, columns, shape.headSize(), positions, cosine, sine);
    }

    /** Asks the pages by attention: keys start at column {@code at} of the product. */
    void mustHaveWritten(PagedKv cache, float[] weight, float[] bias, int at, Part part) {
      int columns = bias.length;
      int kvColumns = shape.kvColumns();
      float[][] kv = new float[inputs.length][];
      Part past = new Part(part.sequence(), 0, part.to());
      Bounded product = projected(weight, bias, past);
      Bounded keys = rotated(product.columns(columns, at, kvColumns), past);
      Bounded values = product.columns(columns, at + kvColumns, kvColumns);
      kv[part.sequence()] = interleaved(keys.values(), values.values(), kvColumns);
      float[] queries = pages.queriesOf(part);
      Bounded expected = pages.expected(queries, kv, 2 * kvColumns, 0, part);
      double slack = dtype == DType.BF16 ? 0x1p-5 : 1e-4;
      double[] bounds = expected.bounds().clone();
      for (int i = 0; i < bounds.length; i++) {
        // A key or value may round to the neighbouring bf16, which moves every score a little.
        bounds[i] += slack;
      }
      new Bounded(expected.values(), bounds)
          .mustHold("pages of " + shape + " after " + part, attend(cache, queries, part));
    }

    private float[] interleaved(double[] keys, double[] values, int columns) {
      float[] rows = new float[2 * keys.length];
      for (int i = 0; i < keys.length; i++) {
        int at = i / columns * 2 * columns + i % columns;
        rows[at] = rounded(keys[i]);
        rows[at + columns] = rounded(values[i]);
      }
      return rows;
    }

    private float rounded(double value) {
      return dtype == DType.BF16 ? Bf16.round((float) value) : (float) value;
    }

    private Tensor input(Part part) {
      return device.tensor(dtype, part.to() - part.from(), HIDDEN, inputRows(part));
    }

    private float[] inputRows(Part part) {
      return Arrays.copyOfRange(inputs[part.sequence()], part.from() * HIDDEN, part.to() * HIDDEN);
    }
  }
}
