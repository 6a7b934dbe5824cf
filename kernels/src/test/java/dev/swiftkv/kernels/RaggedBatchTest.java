package dev.swiftkv.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RaggedBatchTest {
  private final RaggedBatch batch = new RaggedBatch(4, 2, 2);

  @AfterEach
  void close() {
    batch.close();
  }

  /** The example of the class's Javadoc. */
  private void fill() {
    batch.clear();
    int row = batch.addSequence(20);
    batch.blockTables().set(row * 2, 8);
    batch.blockTables().set(row * 2 + 1, 2);
    batch.addToken(7, 19, 2 * 16 + 3);
    batch.needLogits();
    row = batch.addSequence(3);
    batch.blockTables().set(row * 2, 5);
    for (int p = 0; p < 3; p++) {
      batch.addToken(4 + p, p, 5 * 16 + p);
    }
    batch.needLogits();
  }

  @Test
  void theFlatAxisHoldsTheTokensOfAllSequences() {
    fill();
    assertThat(ints(batch.tokenIds(), batch.tokenCount())).containsExactly(7, 4, 5, 6);
    assertThat(ints(batch.positions(), 4)).containsExactly(19, 0, 1, 2);
    assertThat(ints(batch.slots(), 4)).containsExactly(35, 80, 81, 82);
    assertThat(ints(batch.sequences(), 4)).containsExactly(0, 1, 1, 1);
    assertThat(ints(batch.queryStarts(), batch.sequenceCount() + 1)).containsExactly(0, 1, 4);
    assertThat(ints(batch.contextLengths(), 2)).containsExactly(20, 3);
    assertThat(ints(batch.blockTables(), 3)).containsExactly(8, 2, 5);
    assertThat(ints(batch.logitRows(), batch.logitCount())).containsExactly(0, 3);
  }

  @Test
  void aClearedBatchIsFilledAsIfNew() {
    fill();
    fill();
    assertThat(batch.tokenCount()).isEqualTo(4);
    assertThat(batch.sequenceCount()).isEqualTo(2);
    assertThat(ints(batch.logitRows(), batch.logitCount())).containsExactly(0, 3);
  }

  @Test
  void aFullBatchSaysWhatItHolds() {
    fill();
    assertThatThrownBy(() -> batch.addToken(1, 2, 0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("4 tokens");
    assertThatThrownBy(() -> batch.addSequence(1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("2 sequences");
  }

  @Test
  void tokensBelongToASequenceAndItsContext() {
    batch.clear();
    assertThatThrownBy(() -> batch.addToken(1, 0, 0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("sequence");
    assertThatThrownBy(() -> batch.addSequence(0)).isInstanceOf(IllegalArgumentException.class);
    batch.addSequence(3);
    assertThatThrownBy(() -> batch.addToken(1, 3, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("Position 3", "3 tokens");
  }

  @Test
  void logitsAreNeededOncePerToken() {
    batch.clear();
    assertThatThrownBy(batch::needLogits).isInstanceOf(IllegalStateException.class);
    batch.addSequence(1);
    batch.addToken(1, 0, 0);
    batch.needLogits();
    assertThatThrownBy(batch::needLogits).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aSlabRefusesIndexesOutsideIt() {
    assertThatThrownBy(() -> batch.tokenIds().get(4))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessageContaining("4 of 4");
    assertThatThrownBy(() -> batch.tokenIds().set(-1, 0))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void aBatchWithoutRoomIsRefused() {
    assertThatThrownBy(() -> new RaggedBatch(0, 1, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("maxTokens 0");
  }

  static int[] ints(IntSlab slab, int count) {
    return IntStream.range(0, count).map(slab::get).toArray();
  }
}
