package dev.swiftkv.endtoend;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.TestFiles;
import dev.swiftkv.engine.LongPromptPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Real meetings and stories, most of them far longer than the context of a public model: every row
 * is there, in order, with the same answer however the table is cut.
 */
class LongDocumentsTest {
  private static final int MEETINGS = 70;
  private static final int QUESTIONS = 200;
  private static final int CONTEXT = 512;

  private static SparkSession spark;
  private static Dataset<Row> prompts;

  @BeforeAll
  static void readDocuments() {
    String model = TestFiles.shared("models/TinyStories-656K").toString();
    String qmsum = TestFiles.shared("data/qmsum").toString();
    String squality = TestFiles.shared("data/squality").toString();
    spark = LocalSpark.open(Map.of("spark.swiftkv.model", model, "spark.swiftkv.maxTokens", "4"));
    Dataset<Row> meetings =
        spark
            .read()
            .json(qmsum + "/test.jsonl", qmsum + "/val.jsonl")
            .selectExpr(
                "concat_ws('\\n', transform(meeting_transcripts, t -> concat(t.speaker, ': ',"
                    + " t.content)), general_query_list[0].query) AS prompt")
            .limit(MEETINGS);
    Dataset<Row> questions =
        spark
            .read()
            .json(squality + "/dev.jsonl", squality + "/train.jsonl")
            .selectExpr("document", "explode(questions.question_text) AS question")
            .selectExpr("concat(document, '\\n\\n', question) AS prompt")
            .limit(QUESTIONS);
    prompts =
        meetings
            .union(questions)
            .coalesce(1)
            .selectExpr("monotonically_increasing_id() AS id", "prompt")
            .cache();
  }

  @AfterAll
  static void stopSession() {
    if (spark != null) {
      spark.stop();
    }
  }

  @ParameterizedTest
  @EnumSource(LongPromptPolicy.class)
  void everyRowIsAnsweredTheSameHoweverTheTableIsCut(LongPromptPolicy policy) {
    List<String> whole = completions(policy, 1);

    assertThat(whole).hasSize(MEETINGS + QUESTIONS);
    assertThat(completions(policy, 2)).isEqualTo(whole);
    assertThat(completions(policy, 7)).isEqualTo(whole);
    assertThat(completions(policy, 7)).isEqualTo(whole);
  }

  private static List<String> completions(LongPromptPolicy policy, int partitions) {
    List<Row> rows =
        prompts
            .repartitionByRange(partitions, col("id"))
            .sortWithinPartitions("id")
            .selectExpr(
                "id",
                ("ai_query('%s', prompt, modelParameters => map('on_long_prompt', '%s'),"
                        + " failOnError => false) AS a")
                    .formatted(spark.conf().get("spark.swiftkv.model"), policy.optionValue()))
            .selectExpr("id", "a.result", "a.error", "a.usage.prompt_tokens")
            .collectAsList();
    List<String> completions = new ArrayList<>();
    for (Row row : rows) {
      assertThat(row.getLong(0)).as("order").isEqualTo(completions.size());
      if (policy == LongPromptPolicy.ERROR && !row.isNullAt(2)) {
        assertThat(row.getString(2)).startsWith("INVALID_PROMPT").contains("" + CONTEXT);
      } else {
        assertThat(row.isNullAt(2)).isTrue();
        assertThat(row.getInt(3)).isLessThan(CONTEXT);
      }
      completions.add(row.mkString("|"));
    }
    return completions;
  }
}
