package dev.swiftkv.spark.functions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class TokenEstimateTest {
  @Test
  void isExactWhereAllWereLookedAt() {
    TokenEstimate all =
        TokenEstimate.of(3, 60, new long[] {10, 20, 30}, new long[] {4, 4, 9}).orElseThrow();

    assertThat(all).isEqualTo(new TokenEstimate(3, 17, Optional.of(0.0)));
  }

  @Test
  void isTheSampledRatioTimesTheBytes() {
    TokenEstimate estimate =
        TokenEstimate.of(100, 5_000, new long[] {40, 60}, new long[] {10, 15}).orElseThrow();

    assertThat(estimate.total()).isCloseTo(1_250, within(1e-9));
    assertThat(estimate.error()).contains(0.0); // tokens follow the bytes of the sample exactly
  }

  @Test
  void hasNoErrorThatCouldBeStatedForASingleText() {
    assertThat(TokenEstimate.of(9, 90, new long[] {10}, new long[] {3}).orElseThrow())
        .isEqualTo(new TokenEstimate(1, 27, Optional.empty()));
  }

  @Test
  void isAboutTextsWhereTheyHaveNoBytes() {
    TokenEstimate estimate =
        TokenEstimate.of(10, 0, new long[] {0, 0}, new long[] {1, 1}).orElseThrow();

    assertThat(estimate.total()).isEqualTo(10);
    assertThat(TokenEstimate.of(10, 0, new long[0], new long[0])).isEmpty();
  }

  /** 95 % of the intervals hold the truth: of 1,000 fewer than 930 would be a wrong formula. */
  @Test
  void theIntervalHoldsTheTruthAsOftenAsItSays() {
    Random random = new Random(7);
    int texts = 5_000;
    long[] bytes = new long[texts];
    long[] tokens = new long[texts];
    for (int i = 0; i < texts; i++) {
      bytes[i] = 20L + random.nextInt(400);
      tokens[i] = Math.round(bytes[i] / (3 + random.nextDouble() * 3)) + random.nextInt(10);
    }
    double truth = LongStream.of(tokens).sum();
    int held = 0;
    for (int trial = 0; trial < 1_000; trial++) {
      int[] drawn = random.ints(0, texts).distinct().limit(300).toArray();
      long[] sampleBytes = new long[drawn.length];
      long[] sampleTokens = new long[drawn.length];
      for (int i = 0; i < drawn.length; i++) {
        sampleBytes[i] = bytes[drawn[i]];
        sampleTokens[i] = tokens[drawn[i]];
      }
      TokenEstimate estimate =
          TokenEstimate.of(texts, LongStream.of(bytes).sum(), sampleBytes, sampleTokens)
              .orElseThrow();
      held += Math.abs(estimate.total() - truth) <= estimate.error().orElseThrow() ? 1 : 0;
    }

    assertThat(held).isBetween(930, 970);
  }
}
