package dev.swiftkv.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.FinishReason;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.Request;
import dev.swiftkv.engine.SharedFiles;
import dev.swiftkv.engine.schedule.PagedOracle;
import dev.swiftkv.kernels.cuda.EmulatedMachine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Scores of continuations: right, and the same whatever shares their steps and their prompts. */
final class ScoreTest {
  private static final GenerationOptions OPTIONS = GenerationOptions.defaults();

  @RegisterExtension
  static final EmulatedMachine GPU = EmulatedMachine.orNone("capability=9.0 threads=2");

  private static Request request(int[] tokens, int givenTokens) {
    return Request.scoring(
        tokens(Arrays.copyOf(tokens, givenTokens)),
        tokens(Arrays.copyOfRange(tokens, givenTokens, tokens.length)),
        OPTIONS);
  }

  private static Prompt tokens(int[] ids) {
    return new Prompt.Tokens(Arrays.stream(ids).boxed().toList());
  }

  private static Completion score(ResidentEngine engine, int[] tokens, int givenTokens) {
    return OracleEngine.await(engine.submit(request(tokens, givenTokens)));
  }

  @ParameterizedTest
  @CsvSource({
    "scalar,llama-swiftkv-g1",
    "scalar,llama-swiftkv-g2",
    "cpu,llama-swiftkv-g1",
    "cpu,llama-swiftkv-g2",
    "cuda,llama-swiftkv-g2"
  })
  void aScoreEqualsTheReferenceAloneBatchedInPiecesAndCached(String device, String name)
      throws IOException {
    Path checkpoint = SharedFiles.require("golden/swiftkv/" + name);
    JsonNode golden =
        new ObjectMapper().readTree(Files.readAllBytes(checkpoint.resolve("golden.json")));
    EngineConfig config =
        EngineConfig.forModel(checkpoint)
            .withDevice(device)
            .withDtype("f32")
            .withKvCacheBytes(8L << 20);
    List<Double> whole = scores(config.withStepTokens(512).withPrefixCache(false), golden, true);
    assertThat(whole).hasSizeGreaterThan(6);
    assertThat(scores(config.withStepTokens(512), golden, false)).isEqualTo(whole);
    assertThat(scores(config.withStepTokens(7), golden, false)).isEqualTo(whole);
  }

  /** Scores the golden sequences from three places each, twice where batched so that pages hit. */
  private static List<Double> scores(EngineConfig config, JsonNode golden, boolean alone) {
    List<Double> scores = new ArrayList<>();
    List<CompletableFuture<Completion>> batch = new ArrayList<>();
    try (ResidentEngine engine = ResidentEngine.open(config)) {
      for (int s = 0; s < golden.get("tokens").size(); s++) {
        int[] tokens = ints(golden.get("tokens").get(s));
        for (int given = 1; given < tokens.length; given += 1 + tokens.length / 3) {
          if (alone) {
            double score = score(engine, tokens, given).logProbability();
            assertThat(score).isCloseTo(expected(golden, s, given), within(1e-4 * tokens.length));
            scores.add(score);
          } else {
            batch.add(engine.submit(request(tokens, given)));
          }
        }
      }
      batch.forEach(one -> scores.add(OracleEngine.await(one).logProbability()));
      if (!alone && config.prefixCache()) {
        assertCachedEqual(engine, golden, scores);
      }
    }
    return scores;
  }

  private static void assertCachedEqual(
      ResidentEngine engine, JsonNode golden, List<Double> scores) {
    int index = 0;
    int cachedTokens = 0;
    for (int s = 0; s < golden.get("tokens").size(); s++) {
      int[] tokens = ints(golden.get("tokens").get(s));
      for (int given = 1; given < tokens.length; given += 1 + tokens.length / 3) {
        Completion again = score(engine, tokens, given);
        assertThat(again.logProbability()).isEqualTo(scores.get(index++));
        assertThat(again.cachedTokens()).isLessThan(given);
        cachedTokens += again.cachedTokens();
      }
    }
    assertThat(cachedTokens).isPositive();
  }

  private static double expected(JsonNode golden, int sequence, int given) {
    int[] tokens = ints(golden.get("tokens").get(sequence));
    double sum = 0;
    for (int position = given - 1; position < tokens.length - 1; position++) {
      JsonNode row = golden.get("logits").get(sequence).get(position);
      double total = 0;
      for (JsonNode logit : row) {
        total += Math.exp(logit.doubleValue());
      }
      sum += row.get(tokens[position + 1]).doubleValue() - Math.log(total);
    }
    return sum;
  }

  private static int[] ints(JsonNode array) {
    int[] values = new int[array.size()];
    Arrays.setAll(values, i -> array.get(i).intValue());
    return values;
  }

  @Test
  void scoresShareStepsAndPagesWithCompletions() {
    try (OracleEngine oracle = new OracleEngine()) {
      List<CompletableFuture<Completion>> scored = new ArrayList<>();
      List<CompletableFuture<Completion>> completed = new ArrayList<>();
      List<int[]> all = new ArrayList<>();
      int[] shared = new Random(3).ints(70, 3, PagedOracle.VOCABULARY).toArray();
      for (int i = 0; i < 40; i++) {
        int[] tokens = Arrays.copyOf(shared, 71 + i * 3);
        for (int t = 60; t < tokens.length; t++) {
          tokens[t] = (i * 7919 + t * 104_729) % PagedOracle.VOCABULARY;
        }
        all.add(tokens);
        scored.add(oracle.engine().submit(request(tokens, 65)));
        completed.add(oracle.submit(tokens(tokens), 5));
      }
      for (int i = 0; i < all.size(); i++) {
        Completion score = OracleEngine.await(scored.get(i));
        assertThat(score.logProbability()).isEqualTo(PagedOracle.score(all.get(i), 65));
        assertThat(score.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(score.promptTokens()).isEqualTo(65);
        assertThat(score.completionTokens()).isEqualTo(all.get(i).length - 65);
        assertThat(score.text()).isEqualTo(Double.toString(score.logProbability()));
        assertThat(OracleEngine.await(completed.get(i)).tokenIds())
            .isEqualTo(OracleEngine.expected(all.get(i), 5));
      }
      assertThat(oracle.idle().outstandingTokens()).isZero();
    }
  }

  @Test
  void promptAndContinuationAreTokenizedApart() {
    try (OracleEngine oracle = new OracleEngine()) {
      Completion score =
          OracleEngine.await(
              oracle
                  .engine()
                  .submit(Request.scoring(new Prompt.Text("ab"), new Prompt.Text("cd"), OPTIONS)));
      int[] joined = {CharacterText.BOS, 'a', 'b', 'c', 'd'};
      assertThat(score.logProbability()).isEqualTo(PagedOracle.score(joined, 3));
      assertThat(score.tokenIds()).containsExactly((int) 'c', (int) 'd');
    }
  }

  @Test
  void whatCannotBeScoredIsAnErrorOfItsRow() {
    try (OracleEngine oracle = new OracleEngine()) {
      assertError(oracle, "a", "", "continuation is empty");
      assertError(oracle, "", "a", "prompt is empty");
      assertError(oracle, "a".repeat(200), "b".repeat(60), "201 tokens");
      assertError(oracle, "a", "b".repeat(300), "continuation has 300 tokens");
    }
  }

  private static void assertError(
      OracleEngine oracle, String prompt, String continuation, String message) {
    Completion failed =
        OracleEngine.await(
            oracle
                .engine()
                .submit(
                    Request.scoring(
                        new Prompt.Text(prompt), new Prompt.Text(continuation), OPTIONS)));
    assertThat(failed.finishReason()).isEqualTo(FinishReason.ERROR);
    assertThat(failed.errorOrNull().message()).contains(message);
    assertThat(failed.errorOrNull().category()).isEqualTo(ErrorCategory.INVALID_PROMPT);
    assertThat(failed.logProbability()).isNaN();
  }
}
