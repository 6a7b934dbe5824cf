package dev.swiftkv.kernels;

import static dev.swiftkv.kernels.BatchInvarianceContract.bits;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.kernels.AttentionFixture.Part;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Attention over pages: its value, and that it does not depend on what it must not see. */
public interface AttentionContract {
  /** Heads, key heads, head size: groups of 1, 4 and 7. */
  AttentionShape[] SHAPES = {
    new AttentionShape(1, 1, 8),
    new AttentionShape(8, 2, 64),
    new AttentionShape(7, 1, 80),
    new AttentionShape(3, 3, 128),
    new AttentionShape(14, 2, 32)
  };

  AttentionShape GROUPED = new AttentionShape(8, 2, 64);

  Device device();

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  default void attendMatchesDoublePrecision(DType dtype) {
    device().needs(dtype);
    for (AttentionShape shape : SHAPES) {
      for (int blockTokens : new int[] {16, 32, 48}) {
        AttentionFixture sequences =
            new AttentionFixture(
                device(), shape, kv(shape, dtype, blockTokens), 2.5f, 1, 1, 100, 16, 45, 17);
        String what = "%s, blocks of %d".formatted(shape, blockTokens);
        Part[] first = {new Part(1, 0, 61), new Part(3, 0, 1), new Part(2, 0, 16)};
        sequences.expected(first).mustHold(what + ", first step", sequences.step(first));
        Part[] rest = {
          new Part(0, 0, 1), new Part(3, 1, 45), new Part(1, 61, 100), new Part(4, 0, 17)
        };
        sequences.expected(rest).mustHold(what + ", second step", sequences.step(rest));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  default void aLongContextMatchesDoublePrecision(DType dtype) {
    device().needs(dtype);
    AttentionShape shape = new AttentionShape(4, 1, 64);
    AttentionFixture sequences =
        new AttentionFixture(device(), shape, kv(shape, dtype, 32), 2f, 2, 1500);
    sequences.step(sequences.whole());
    Part last = new Part(0, 1400, 1500);
    sequences.expected(last).mustHold("1500 positions", sequences.attend(last));
  }

  /** Most weights are below 2^-100 of the largest; many have no normal float. */
  @Test
  default void weightsFarApartMatchDoublePrecisionInBf16() {
    device().needs(DType.BF16);
    for (AttentionShape shape : SHAPES) {
      AttentionFixture sequences =
          new AttentionFixture(device(), shape, kv(shape, DType.BF16, 32), 14f, 14, 200);
      Part whole = new Part(0, 0, 200);
      sequences.expected(whole).mustHold(shape.toString(), sequences.step(whole));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  default void hugeScoresDoNotOverflow(DType dtype) {
    device().needs(dtype);
    AttentionShape shape = new AttentionShape(2, 1, 64);
    AttentionFixture sequences =
        new AttentionFixture(device(), shape, kv(shape, dtype, 16), 60f, 3, 70);
    float[] out = sequences.step(sequences.whole());
    float[] queries = sequences.queriesOf(sequences.whole());
    assertThat(out).hasSameSizeAs(queries);
    for (float value : out) {
      assertThat(Math.abs(value)).isLessThanOrEqualTo(60f);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  default void chunkedPrefillIsBitwiseWholePrefill(DType dtype) {
    device().needs(dtype);
    KvShape kv = kv(GROUPED, dtype, 32);
    AttentionFixture whole = new AttentionFixture(device(), GROUPED, kv, 2f, 4, 150);
    float[] expected = whole.step(new Part(0, 0, 150));
    for (int budget : new int[] {1, 7, 16, 64, 149}) {
      AttentionFixture chunked = new AttentionFixture(device(), GROUPED, kv, 2f, 5, 150);
      float[] all = new float[expected.length];
      for (int from = 0; from < 150; from += budget) {
        float[] out = chunked.step(new Part(0, from, Math.min(from + budget, 150)));
        System.arraycopy(out, 0, all, from * GROUPED.queryColumns(), out.length);
      }
      assertThat(bits(all)).as("chunks of %d", budget).isEqualTo(bits(expected));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  default void chunksOfEveryShapeAreBitwiseTheWhole(DType dtype) {
    device().needs(dtype);
    for (AttentionShape shape : SHAPES) {
      for (int blockTokens : new int[] {16, 48}) {
        KvShape kv = kv(shape, dtype, blockTokens);
        AttentionFixture sequence = new AttentionFixture(device(), shape, kv, 2f, 13, 103);
        float[] expected = sequence.step(new Part(0, 0, 103));
        for (int[] chunk : new int[][] {{0, 1}, {16, 17}, {37, 70}, {64, 103}, {102, 103}}) {
          float[] out = sequence.attend(new Part(0, chunk[0], chunk[1]));
          int columns = shape.queryColumns();
          assertThat(bits(out))
              .as("%s, blocks of %d, tokens %d to %d", shape, blockTokens, chunk[0], chunk[1])
              .isEqualTo(
                  bits(Arrays.copyOfRange(expected, chunk[0] * columns, chunk[1] * columns)));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  default void aSequenceDoesNotSeeItsNeighbours(DType dtype) {
    device().needs(dtype);
    KvShape kv = kv(GROUPED, dtype, 16);
    AttentionFixture alone = new AttentionFixture(device(), GROUPED, kv, 2f, 6, 70);
    float[] expected = alone.step(new Part(0, 0, 70));
    AttentionFixture crowd = new AttentionFixture(device(), GROUPED, kv, 2f, 7, 70, 5, 64, 129, 1);
    float[] all = crowd.step(crowd.whole());
    assertThat(bits(Arrays.copyOf(all, expected.length))).isEqualTo(bits(expected));

    List<Part> reversed = new ArrayList<>(Arrays.asList(crowd.whole()));
    java.util.Collections.reverse(reversed);
    float[] last = crowd.step(reversed.toArray(Part[]::new));
    assertThat(bits(Arrays.copyOfRange(last, last.length - expected.length, last.length)))
        .isEqualTo(bits(expected));
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  default void aSurvivingTokenGetsWhatItGotAmongAllTokens(DType dtype) {
    device().needs(dtype);
    AttentionFixture sequences =
        new AttentionFixture(device(), GROUPED, kv(GROUPED, dtype, 32), 2f, 8, 40, 65, 3);
    float[] all = sequences.step(sequences.whole());
    float[] last = sequences.attend(new Part(0, 39, 40), new Part(1, 64, 65), new Part(2, 2, 3));
    int columns = GROUPED.queryColumns();
    int[] rows = {39, 104, 107};
    for (int i = 0; i < rows.length; i++) {
      assertThat(bits(Arrays.copyOfRange(last, i * columns, (i + 1) * columns)))
          .as("last token of sequence %d", i)
          .containsExactly(
              bits(Arrays.copyOfRange(all, rows[i] * columns, (rows[i] + 1) * columns)));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  default void laterTokensOfTheStepThatAreNotNumbersDoNotShow(DType dtype) {
    device().needs(dtype);
    for (AttentionShape shape : SHAPES) {
      AttentionFixture sequences =
          new AttentionFixture(device(), shape, kv(shape, dtype, 32), 2f, 12, 150);
      float[] expected = sequences.step(sequences.whole());
      int columns = shape.queryColumns();
      for (int first : new int[] {149, 144, 131, 128, 75, 9, 1}) {
        sequences.spoil(new Part(0, first, 150));
        float[] all = sequences.attend(sequences.whole());
        assertThat(bits(Arrays.copyOf(all, first * columns)))
            .as("%s, tokens before %d", shape, first)
            .isEqualTo(bits(Arrays.copyOf(expected, first * columns)));
        assertThat(all[first * columns]).isNaN();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  default void aCopiedBlockKeepsItsContentWhenTheOriginalIsWritten(DType dtype) {
    device().needs(dtype);
    AttentionFixture sequences =
        new AttentionFixture(device(), GROUPED, kv(GROUPED, dtype, 16), 2f, 9, 16, 16);
    float[] before = sequences.step(new Part(0, 0, 16));
    sequences.step(new Part(1, 0, 16));
    device().backend().copyBlock(sequences.cache(), sequences.blocks(0)[0], sequences.blocks(1)[0]);
    float[] queries = sequences.queriesOf(new Part(0, 0, 16));
    float[] copied = sequences.attend(sequences.cache(), queries, new Part(1, 0, 16));
    assertThat(bits(copied)).isEqualTo(bits(before));
  }

  @Test
  default void aCacheOfAnotherShapeIsRefused() {
    AttentionFixture sequences =
        new AttentionFixture(device(), GROUPED, kv(GROUPED, DType.F32, 16), 1f, 10, 4);
    PagedKv other = device().cache(new KvShape(DType.F32, 1, 64, 16), 4);
    float[] queries = sequences.queriesOf(new Part(0, 0, 4));
    assertThatThrownBy(() -> sequences.attend(other, queries, new Part(0, 0, 4)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 heads")
        .hasMessageContaining("2 of size 64");
  }

  @Test
  default void slotsAndBlocksOutsideTheCacheAreRefused() {
    AttentionFixture sequences =
        new AttentionFixture(device(), GROUPED, kv(GROUPED, DType.F32, 16), 1f, 11, 20, 20);
    PagedKv all = sequences.cache();
    PagedKv fewer = new PagedKv(all.shape(), 2, all.keys(), all.values());
    Part[] whole = sequences.whole();
    float[] queries = sequences.queriesOf(whole);
    assertThatThrownBy(() -> sequences.attend(fewer, queries, whole))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessageContaining("KV block");
    assertThatThrownBy(() -> sequences.step(fewer, whole))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessageContaining("KV slot");
    assertThatThrownBy(() -> device().backend().copyBlock(fewer, 0, 2))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessageContaining("KV block 2");
  }

  private static KvShape kv(AttentionShape shape, DType dtype, int blockTokens) {
    return new KvShape(dtype, shape.kvHeads(), shape.headSize(), blockTokens);
  }
}
