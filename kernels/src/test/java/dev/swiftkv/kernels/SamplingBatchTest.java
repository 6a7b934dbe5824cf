package dev.swiftkv.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SamplingBatchTest {
  private final SamplingBatch batch = new SamplingBatch(2, 3);

  @BeforeEach
  void clear() {
    batch.clear();
  }

  @AfterEach
  void close() {
    batch.close();
  }

  @Test
  void rowsKeepTheirOptionsAndTheirPenalizedTokens() {
    batch.add(0.5f, 40, 0.9f, 0.1f, 1.2f, -7L, 3);
    batch.addPenalized(11);
    batch.addPenalized(12);
    batch.add(0f, 0, 1f, 0f, 1f, Long.MAX_VALUE, 0);
    batch.addPenalized(13);
    assertThat(batch.rowCount()).isEqualTo(2);
    assertThat(batch.temperature(0)).isEqualTo(0.5f);
    assertThat(batch.topKs().get(0)).isEqualTo(40);
    assertThat(batch.topP(0)).isEqualTo(0.9f);
    assertThat(batch.minP(0)).isEqualTo(0.1f);
    assertThat(batch.repetitionPenalty(0)).isEqualTo(1.2f);
    assertThat(batch.seed(0)).isEqualTo(-7L);
    assertThat(batch.counters().get(0)).isEqualTo(3);
    assertThat(batch.seed(1)).isEqualTo(Long.MAX_VALUE);
    assertThat(RaggedBatchTest.ints(batch.penalizedStarts(), 3)).containsExactly(0, 2, 3);
    assertThat(RaggedBatchTest.ints(batch.penalizedTokens(), 3)).containsExactly(11, 12, 13);
  }

  @Test
  void optionsOutsideTheirRangeAreNamed() {
    refused(() -> batch.add(-1f, 0, 1f, 0f, 1f, 0, 0), "temperature", "-1.0");
    refused(() -> batch.add(Float.NaN, 0, 1f, 0f, 1f, 0, 0), "temperature", "NaN");
    refused(() -> batch.add(1f, -1, 1f, 0f, 1f, 0, 0), "topK");
    refused(() -> batch.add(1f, 0, 0f, 0f, 1f, 0, 0), "topP");
    refused(() -> batch.add(1f, 0, 1.5f, 0f, 1f, 0, 0), "topP", "1.5");
    refused(() -> batch.add(1f, 0, 1f, 1.5f, 1f, 0, 0), "minP");
    refused(() -> batch.add(1f, 0, 1f, 0f, 0f, 0, 0), "repetitionPenalty");
    refused(() -> batch.add(1f, 0, 1f, 0f, 1f, 0, -1), "counter");
    assertThat(batch.rowCount()).isZero();
  }

  @Test
  void aFullBatchSaysWhatItHolds() {
    assertThatThrownBy(() -> batch.addPenalized(1)).isInstanceOf(IllegalStateException.class);
    batch.add(0f, 0, 1f, 0f, 1f, 0, 0);
    batch.add(0f, 0, 1f, 0f, 1f, 0, 0);
    assertThatThrownBy(() -> batch.add(0f, 0, 1f, 0f, 1f, 0, 0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("2 rows");
    for (int token = 0; token < 3; token++) {
      batch.addPenalized(token);
    }
    assertThatThrownBy(() -> batch.addPenalized(3))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("3 penalized tokens");
  }

  @Test
  void aRowThatWasNotAddedCannotBeRead() {
    assertThatThrownBy(() -> batch.temperature(0)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  private static void refused(Runnable addition, String... words) {
    assertThatThrownBy(addition::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(words);
  }
}
