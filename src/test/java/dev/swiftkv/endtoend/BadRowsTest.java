package dev.swiftkv.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Rows that cannot be answered say why, and the rows around them are answered. */
class BadRowsTest {
  private static final String GOOD =
      "'Chat transcript 1, customer Yara Uchida\\n\\nTask: " + "Who is the customer?\\nAnswer:'";

  private static SparkSession spark;

  @BeforeAll
  static void openSession() {
    spark = LocalSpark.open(Map.of("spark.swiftkv.maxTokens", "8"));
  }

  @AfterAll
  static void stopSession() {
    spark.stop();
  }

  @Test
  void everyBadRowHasItsOwnErrorAndGoodRowsAreAnswered() {
    Dataset<Row> prompts =
        spark.sql(
            """
            SELECT * FROM VALUES
              (1, %1$s),
              (2, CAST(NULL AS STRING)),
              (3, ''),
              (4, CAST(X'48FFFE' AS STRING)),
              (5, repeat('long ', 200000)),
              (6, %1$s) AS t(id, prompt)
            """
                .formatted(GOOD));
    List<Row> rows =
        prompts
            .repartition(2)
            .selectExpr("id", "ai_query('demo', prompt, failOnError => false) AS answer")
            .orderBy("id")
            .select("id", "answer.result", "answer.error")
            .collectAsList();

    assertThat(rows).hasSize(6);
    assertThat(rows.get(0).getString(1)).contains("Yara Uchida");
    assertThat(rows.get(0).isNullAt(2)).isTrue();
    assertThat(rows.get(1).isNullAt(1)).isTrue();
    assertThat(rows.get(1).isNullAt(2)).isTrue();
    assertThat(rows.get(2).getString(2)).startsWith("INVALID_PROMPT").contains("empty");
    assertThat(rows.get(3).getString(2)).startsWith("INVALID_PROMPT").contains("UTF-8");
    assertThat(rows.get(4).getString(2)).startsWith("INVALID_PROMPT").contains("4352");
    assertThat(rows.get(5).getString(1)).isEqualTo(rows.get(0).getString(1));
  }

  @Test
  void aBadRowFailsTheQueryWhereItWasAskedTo() {
    Dataset<Row> answers = spark.sql("SELECT ai_query('demo', '', failOnError => true) AS answer");

    assertThatThrownBy(answers::collectAsList).hasStackTraceContaining("INVALID_PROMPT");
  }

  @Test
  void tenThousandPromptsOfOneWordAreAllAnswered() {
    Dataset<Row> answers =
        spark
            .range(0, 10_000, 1, 4)
            .selectExpr(
                "ai_query('demo', concat('word', id), modelParameters => map('max_tokens',"
                    + " '1'), failOnError => false) AS answer")
            .selectExpr("answer.error", "answer.usage.completion_tokens");

    assertThat(answers.count()).isEqualTo(10_000);
    assertThat(answers.where("error IS NULL AND completion_tokens = 1").count()).isEqualTo(10_000);
  }

  @Test
  void whatIsWrongWithTheJobFailsItAtOnce() {
    assertThatThrownBy(() -> spark.sql("SELECT ai_query('/no/such', 'x')").collectAsList())
        .hasStackTraceContaining("/no/such");
    assertThatThrownBy(
            () ->
                spark
                    .sql("SELECT ai_query('demo', 'x', modelParameters => map('max_tokns', '3'))")
                    .collectAsList())
        .hasStackTraceContaining("max_tokens");
    assertThatThrownBy(
            () ->
                spark
                    .sql("SELECT ai_query('demo', 'x', modelParameters => map('max_tokens', '0'))")
                    .collectAsList())
        .hasStackTraceContaining("max_tokens must be at least 1");
    assertThatThrownBy(
            () ->
                spark
                    .sql(
                        "SELECT ai_query('demo', 'x', modelParameters => map('temperature', '-1'))")
                    .collectAsList())
        .hasStackTraceContaining("temperature");
  }
}
