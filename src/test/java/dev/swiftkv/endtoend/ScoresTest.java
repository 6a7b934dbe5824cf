package dev.swiftkv.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.TestFiles;
import dev.swiftkv.engine.model.LoadedModel;
import dev.swiftkv.engine.model.LogitsRunner;
import dev.swiftkv.engine.tokenizer.Tokenizer;
import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.Backends;
import dev.swiftkv.kernels.DType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code ai_score} of the demonstration model against the logits of every position. */
class ScoresTest {
  private static final int PROMPTS = 8;
  private static final int STEP_TOKENS = 64;

  /** Of a sum over tens of tokens, each by two routes of the same operations. */
  private static final double TOLERANCE = 1e-3;

  private static SparkSession spark;
  private static List<JsonNode> golden;

  @BeforeAll
  static void openSession() throws IOException {
    spark = LocalSpark.open(Map.of("spark.swiftkv.device", "cpu", "spark.swiftkv.dtype", "f32"));
    golden = new ArrayList<>();
    new ObjectMapper()
        .readTree(TestFiles.demonstrationModel().resolve("golden.json").toFile())
        .get("rows")
        .forEach(golden::add);
  }

  @AfterAll
  static void stopSession() {
    spark.stop();
  }

  /** The right answers of some prompts, and the answers to the prompts before them. */
  private static Dataset<Row> pairs() {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < PROMPTS; i++) {
      String prompt = golden.get(i).get("prompt").asText();
      rows.add(RowFactory.create(i, prompt, golden.get(i).get("greedy_text").asText()));
      JsonNode other = golden.get((i + PROMPTS - 1) % PROMPTS);
      rows.add(RowFactory.create(PROMPTS + i, prompt, other.get("greedy_text").asText()));
    }
    return spark.createDataFrame(
        rows,
        new StructType()
            .add("id", DataTypes.IntegerType)
            .add("prompt", DataTypes.StringType)
            .add("continuation", DataTypes.StringType));
  }

  @Test
  void isTheSumOfTheLogarithmsOfTheProbabilitiesOfTheTokens() {
    List<Row> scores =
        pairs()
            .repartition(3)
            .selectExpr("id", "prompt", "continuation", "ai_score(prompt, continuation) AS score")
            .orderBy("id")
            .collectAsList();

    assertThat(scores).hasSize(2 * PROMPTS);
    try (Tokenizer tokenizer = Tokenizer.open(TestFiles.demonstrationModel());
        Backend backend = Backends.open("cpu", BackendOptions.defaults());
        LoadedModel model = LoadedModel.load(TestFiles.demonstrationModel(), backend, DType.F32)) {
      for (Row row : scores) {
        double expected =
            score(
                model,
                tokenizer.encode(row.getString(1), true),
                tokenizer.encode(row.getString(2), false));
        assertThat(row.getDouble(3)).as("%s", row).isCloseTo(expected, within(TOLERANCE));
      }
    }
    for (int i = 0; i < PROMPTS; i++) {
      assertThat(scores.get(i).getDouble(3))
          .as("the answer that the model itself gives to %s", scores.get(i))
          .isNegative()
          .isGreaterThan(scores.get(PROMPTS + i).getDouble(3));
    }
  }

  @Test
  void isTheSameInAnyOrderAndAloneAndFromTheCacheOfPrefixes() {
    String query = "SELECT id, ai_score(prompt, continuation) AS score FROM pairs WHERE id %s";
    spark.conf().set("spark.swiftkv.resultCacheBytes", "0");
    try {
      pairs().createOrReplaceTempView("pairs");
      Map<Integer, Double> together = scores(query.formatted(">= 0"));

      assertThat(scores(query.formatted("IN (15, 3, 8) ORDER BY id DESC")))
          .allSatisfy((id, score) -> assertThat(score).isEqualTo(together.get(id)));
      assertThat(scores(query.formatted("= 5"))).containsEntry(5, together.get(5));
      assertThat(scores(query.formatted(">= 0"))).isEqualTo(together);
    } finally {
      spark.conf().unset("spark.swiftkv.resultCacheBytes");
    }
  }

  private static Map<Integer, Double> scores(String query) {
    return spark.sql(query).collectAsList().stream()
        .collect(Collectors.toMap(row -> row.getInt(0), row -> row.getDouble(1)));
  }

  /** From the logits at each place before a token of the continuation. */
  private static double score(LoadedModel model, int[] prompt, int[] continuation) {
    int[] all = IntStream.concat(IntStream.of(prompt), IntStream.of(continuation)).toArray();
    float[][] logits = LogitsRunner.run(model, all, STEP_TOKENS);
    double score = 0;
    for (int i = prompt.length; i < all.length; i++) {
      score += logProbability(logits[i - 1], all[i]);
    }
    return score;
  }

  private static double logProbability(float[] logits, int token) {
    double largest =
        IntStream.range(0, logits.length).mapToDouble(i -> logits[i]).max().orElseThrow();
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - largest);
    }
    return logits[token] - largest - Math.log(sum);
  }
}
