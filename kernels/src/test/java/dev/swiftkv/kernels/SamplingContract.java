package dev.swiftkv.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The choice of the next token. */
public interface SamplingContract {
  NaiveSampler GREEDY = new NaiveSampler(0f, 0, 1f, 0f, 1f);

  Device device();

  /** Draws from which frequencies are taken; what they may be off by depends on their number. */
  default int draws() {
    return 20_000;
  }

  @Test
  default void greedyTakesTheLargestLogitAndTheLowestIdAmongEquals() {
    assertThat(choose(GREEDY, new float[] {1, 5, -2, 5})).isEqualTo(1);
    assertThat(choose(GREEDY, new float[] {-3, -1, -2})).isEqualTo(1);
    assertThat(choose(GREEDY, new float[] {-0f, 0f, -1})).isEqualTo(0);
    assertThat(choose(GREEDY, new float[] {7})).isEqualTo(0);
    for (int vocabulary : new int[] {15, 16, 17, 31, 33, 207, 4099}) {
      float[] logits = Device.random(vocabulary, vocabulary, 1f, DType.F32);
      logits[vocabulary - 1] = 2;
      assertThat(choose(GREEDY, logits)).as("last of %d", vocabulary).isEqualTo(vocabulary - 1);
      logits[vocabulary / 2] = 2;
      assertThat(choose(GREEDY, logits)).as("tie of %d", vocabulary).isEqualTo(vocabulary / 2);
    }
  }

  @Test
  default void aLogitThatIsNotANumberIsNeverChosen() {
    float[] logits = {Float.NaN, 1, Float.NaN, 2, Float.NEGATIVE_INFINITY};
    assertThat(choose(GREEDY, logits)).isEqualTo(3);
    for (int counter = 0; counter < 50; counter++) {
      NaiveSampler hot = new NaiveSampler(5f, 0, 1f, 0f, 1f);
      assertThat(choose(hot, logits, List.of(), 1, counter)).isIn(1, 3);
    }
  }

  @Test
  default void infiniteLogitsAreDecidedWithoutNoise() {
    NaiveSampler hot = new NaiveSampler(1f, 0, 1f, 0f, 1f);
    float infinity = Float.POSITIVE_INFINITY;
    assertThat(choose(hot, new float[] {1, infinity, infinity})).isEqualTo(1);
    assertThat(choose(hot, new float[] {-infinity, -infinity})).isEqualTo(0);
    assertThat(choose(GREEDY, new float[] {-infinity, -infinity})).isEqualTo(0);
  }

  @Test
  default void thePenaltyLowersPositiveAndNegativeLogitsInPlace() {
    NaiveSampler penalty = new NaiveSampler(0f, 0, 1f, 0f, 2f);
    float[] logits = {4, 3, -1, -1.5f};
    assertThat(choose(penalty, logits, List.of(0), 1, 0)).isEqualTo(1);
    assertThat(choose(penalty, new float[] {-1, -1.5f}, List.of(0), 1, 0)).isEqualTo(1);

    Tensor row = device().tensor(DType.F32, 1, 4, logits);
    try (SamplingBatch sampling = new SamplingBatch(1, 4)) {
      sampling.clear();
      add(sampling, penalty, 1, 0);
      sampling.addPenalized(0);
      sampling.addPenalized(2);
      device().ops().sample(row, sampling, new int[1]);
    }
    assertThat(device().values(row)).containsExactly(2f, 3f, -2f, -1.5f);
  }

  @Test
  default void aPenalizedTokenOutsideTheVocabularyIsRefused() {
    assertThatThrownBy(() -> choose(GREEDY, new float[4], List.of(4), 1, 0))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessageContaining("4");
  }

  @Test
  default void onlyAllowedTokensAreChosen() {
    Random random = new Random(11);
    for (int vocabulary : new int[] {1, 63, 64, 65, 300, 1000}) {
      for (int trial = 0; trial < 60; trial++) {
        NaiveSampler sampler =
            new NaiveSampler(
                pick(random, 0f, 1f, 3f),
                (int) pick(random, 0, 2, 50),
                pick(random, 1f, 0.9f),
                pick(random, 0f, 0.2f),
                pick(random, 1f, 1.5f));
        float[] logits = Device.random(random.nextLong(), vocabulary, 4f, DType.F32);
        List<Integer> penalized = random.ints(0, vocabulary).limit(3).distinct().boxed().toList();
        long[] allowed = randomBits(random, vocabulary);
        float[] left = logits.clone();
        for (int token = 0; token < vocabulary; token++) {
          left[token] = isSet(allowed, token) ? left[token] : Float.NEGATIVE_INFINITY;
        }
        int expected = sampler.choose(left, penalized, uniform(trial, trial));
        assertThat(choose(sampler, logits, penalized, allowed, trial, trial))
            .as("%s over %d logits, trial %d", sampler, vocabulary, trial)
            .isEqualTo(expected);
      }
    }
  }

  @Test
  default void theLowestAllowedTokenIsTakenWhereNoneHasALogit() {
    float[] logits = {5, 4, Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY};
    for (float temperature : new float[] {0f, 1f}) {
      NaiveSampler sampler = new NaiveSampler(temperature, 0, 1f, 0f, 1f);
      long[] second = {0b01100};
      long[] third = {0b01000};
      assertThat(choose(sampler, logits, List.of(), second, 1, 0)).isEqualTo(2);
      assertThat(choose(sampler, logits, List.of(), third, 1, 0)).isEqualTo(3);
    }
  }

  @Test
  default void aConstraintOfOneRowDoesNotShowInOthers() {
    int rows = 9;
    int vocabulary = 200;
    float[] logits = Device.random(4, rows * vocabulary, 3f, DType.F32);
    int[] free = new int[rows];
    int[] mixed = new int[rows];
    NaiveSampler hot = new NaiveSampler(1f, 0, 1f, 0f, 1f);
    try (SamplingBatch sampling = new SamplingBatch(rows, 0, rows * 4)) {
      for (int pass = 0; pass < 2; pass++) {
        sampling.clear();
        for (int row = 0; row < rows; row++) {
          add(sampling, hot, 3, row);
          if (pass == 1 && row % 3 == 1) {
            sampling.allowOnly(new long[] {0, 0, 1L << row, 0});
          }
        }
        Tensor tensor = device().tensor(DType.F32, rows, vocabulary, logits);
        device().ops().sample(tensor, sampling, pass == 0 ? free : mixed);
      }
    }
    for (int row = 0; row < rows; row++) {
      assertThat(mixed[row]).as("row %d", row).isEqualTo(row % 3 == 1 ? 128 + row : free[row]);
    }
  }

  @Test
  default void allowedTokensThatDoNotFitTheVocabularyAreRefused() {
    assertThatThrownBy(() -> choose(GREEDY, new float[65], List.of(), new long[] {1}, 1, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 words")
        .hasMessageContaining("65");
    assertThatThrownBy(() -> choose(GREEDY, new float[5], List.of(), new long[] {0}, 1, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> choose(GREEDY, new float[5], List.of(), new long[] {1L << 5}, 1, 0))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  default void narrowLimitsMakeHotSamplingGreedy() {
    float[] logits = {1, 1.5f, 1.5f, 0.5f};
    for (int counter = 0; counter < 50; counter++) {
      assertThat(choose(new NaiveSampler(9f, 1, 1f, 0f, 1f), logits, List.of(), 3, counter))
          .as("topK 1 takes the lower of equal ids")
          .isEqualTo(1);
      assertThat(choose(new NaiveSampler(9f, 0, 1e-6f, 0f, 1f), logits, List.of(), 3, counter))
          .as("a tiny topP keeps one token")
          .isEqualTo(1);
      assertThat(choose(new NaiveSampler(9f, 0, 1f, 1f, 1f), logits, List.of(), 3, counter))
          .as("minP 1 keeps what equals the largest")
          .isIn(1, 2);
      assertThat(choose(new NaiveSampler(9f, 100, 1f, 0f, 1f), logits, List.of(), 3, counter))
          .as("topK above the vocabulary keeps all")
          .isBetween(0, 3);
    }
  }

  @Test
  default void aLimitThatIsMetExactlyIsMet() {
    float[] logits = {1, 1, 1, 1, -60};
    assertThat(drawn(new NaiveSampler(1f, 0, 0.5f, 0f, 1f), logits))
        .as("two of four equal tokens reach topP 0.5")
        .containsExactly(0, 1);
    assertThat(drawn(new NaiveSampler(1f, 0, 1f, 1f, 1f), logits))
        .as("four equal tokens are not below the largest")
        .containsExactly(0, 1, 2, 3);
    assertThat(drawn(new NaiveSampler(1f, 3, 1f, 0f, 1f), logits))
        .as("topK takes the lower of equal ids")
        .containsExactly(0, 1, 2);
  }

  @Test
  default void frequenciesFollowTheProbabilities() {
    double[] probabilities = {0.5, 0.25, 0.15, 0.07, 0.03};
    float[] logits = new float[5];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) Math.log(probabilities[i]);
    }
    int draws = draws();
    int[] tokens =
        choose(
            IntStream.range(0, draws).mapToObj(i -> logits.clone()).toArray(float[][]::new),
            new NaiveSampler(1f, 0, 1f, 0f, 1f),
            77);
    for (int token = 0; token < 5; token++) {
      int wanted = token;
      double part = Arrays.stream(tokens).filter(t -> t == wanted).count() / (double) draws;
      double deviation = Math.sqrt(probabilities[token] * (1 - probabilities[token]) / draws);
      assertThat(part).as("token %d", token).isCloseTo(probabilities[token], within(4 * deviation));
    }
  }

  @Test
  default void everyOptionAgreesWithTheDefinition() {
    Random random = new Random(5);
    for (int vocabulary : new int[] {1, 7, 33, 1000}) {
      for (int trial = 0; trial < 150; trial++) {
        NaiveSampler sampler =
            new NaiveSampler(
                pick(random, 0f, 0.1f, 0.7f, 1f, 3f),
                (int) pick(random, 0, 1, 5, 40, 5000),
                pick(random, 1f, 0.95f, 0.5f, 0.01f),
                pick(random, 0f, 0.05f, 0.5f),
                pick(random, 1f, 1.3f, 0.5f));
        // Quarters, so that ties are common.
        float[] logits = Device.random(random.nextLong(), vocabulary, 24f, DType.F32);
        for (int i = 0; i < vocabulary; i++) {
          logits[i] = Math.round(logits[i]) / 4f;
        }
        List<Integer> penalized = random.ints(0, vocabulary).limit(5).distinct().boxed().toList();
        long seed = random.nextLong();
        int expected = sampler.choose(logits, penalized, uniform(seed, trial));
        assertThat(choose(sampler, logits, penalized, seed, trial))
            .as("%s over %d logits, trial %d", sampler, vocabulary, trial)
            .isEqualTo(expected);
      }
    }
  }

  @Test
  default void aRowDrawsTheSameTokenAloneAndInCompany() {
    NaiveSampler sampler = new NaiveSampler(1f, 50, 0.95f, 0f, 1f);
    float[][] rows = new float[33][];
    Arrays.setAll(rows, row -> Device.random(row, 500, 3f, DType.F32));
    int[] together = choose(rows, sampler, 8);
    for (int row = 0; row < rows.length; row++) {
      assertThat(choose(sampler, rows[row], List.of(), 8, row))
          .as("row %d", row)
          .isEqualTo(together[row]);
    }
    assertThat(choose(rows, sampler, 8)).as("again").containsExactly(together);
    assertThat(choose(rows, sampler, 9)).as("another seed").isNotEqualTo(together);
  }

  @Test
  default void anotherCounterIsOtherNoise() {
    float[][] rows = new float[200][16];
    int[] tokens = choose(rows, new NaiveSampler(1f, 0, 1f, 0f, 1f), 4);
    assertThat(Arrays.stream(tokens).distinct().count()).isEqualTo(16);
  }

  /** SplitMix64 as its authors give it, from the state that the contract names. */
  private static double uniform(long seed, int counter) {
    long z = seed + (counter + 1) * 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return ((z ^ (z >>> 31)) >>> 11) / (double) (1L << 53);
  }

  private int choose(NaiveSampler sampler, float[] logits) {
    return choose(sampler, logits, List.of(), 1, 0);
  }

  private int choose(
      NaiveSampler sampler, float[] logits, List<Integer> penalized, long seed, int counter) {
    return choose(sampler, logits, penalized, null, seed, counter);
  }

  private int choose(
      NaiveSampler sampler,
      float[] logits,
      List<Integer> penalized,
      long[] allowedOrNull,
      long seed,
      int counter) {
    try (SamplingBatch sampling = new SamplingBatch(1, 8, 32)) {
      sampling.clear();
      add(sampling, sampler, seed, counter);
      penalized.forEach(sampling::addPenalized);
      if (allowedOrNull != null) {
        sampling.allowOnly(allowedOrNull);
      }
      int[] tokens = {-1};
      device().ops().sample(device().tensor(DType.F32, 1, logits.length, logits), sampling, tokens);
      return tokens[0];
    }
  }

  /** Samples all rows in one call; row i has counter i. */
  private int[] choose(float[][] rows, NaiveSampler sampler, long seed) {
    int vocabulary = rows[0].length;
    float[] flat = new float[rows.length * vocabulary];
    try (SamplingBatch sampling = new SamplingBatch(rows.length, 1)) {
      sampling.clear();
      for (int row = 0; row < rows.length; row++) {
        System.arraycopy(rows[row], 0, flat, row * vocabulary, vocabulary);
        add(sampling, sampler, seed, row);
      }
      int[] tokens = new int[rows.length];
      Arrays.fill(tokens, -1);
      device()
          .ops()
          .sample(device().tensor(DType.F32, rows.length, vocabulary, flat), sampling, tokens);
      return tokens;
    }
  }

  /** Every token that 100 draws give. */
  private int[] drawn(NaiveSampler sampler, float[] logits) {
    float[][] rows = new float[100][];
    Arrays.fill(rows, logits);
    return Arrays.stream(choose(rows, sampler, 6)).distinct().sorted().toArray();
  }

  private static void add(SamplingBatch sampling, NaiveSampler sampler, long seed, int counter) {
    sampling.add(
        sampler.temperature(),
        sampler.topK(),
        sampler.topP(),
        sampler.minP(),
        sampler.penalty(),
        seed,
        counter);
  }

  /** A few tokens of a vocabulary, at least one. */
  private static long[] randomBits(Random random, int vocabulary) {
    long[] bits = new long[(vocabulary + 63) / 64];
    int count = 1 + random.nextInt(vocabulary);
    for (int i = 0; i < count; i++) {
      int token = random.nextInt(vocabulary);
      bits[token / 64] |= 1L << token;
    }
    return bits;
  }

  private static boolean isSet(long[] bits, int token) {
    return (bits[token / 64] >>> token & 1) != 0;
  }

  private static float pick(Random random, float... choices) {
    return choices[random.nextInt(choices.length)];
  }
}
