package dev.swiftkv.endtoend;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.TestFiles;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Groups of texts far beyond the context of the demonstration model. */
class AggregatesTest {
  private static final int CONTEXT = 1_024;
  private static final int MAX_TOKENS = 64;

  private static SparkSession spark;

  @BeforeAll
  static void openSession() {
    spark =
        LocalSpark.open(
            Map.of(
                "spark.swiftkv.contextLength",
                "" + CONTEXT,
                "spark.swiftkv.maxTokens",
                "" + MAX_TOKENS,
                // Every run asks again.
                "spark.swiftkv.resultCacheBytes",
                "0",
                "spark.sql.shuffle.partitions",
                "4"));
  }

  @AfterAll
  static void stopSession() {
    spark.stop();
  }

  private static Dataset<Row> documents(int rows, int partitions) {
    return spark
        .read()
        .json(TestFiles.sampleTable().toString())
        .where(col("id").leq(rows))
        .repartition(partitions);
  }

  @Test
  void theAnswerIsThatOfTheTextsHoweverTheyAreCut() {
    List<Row> whole = summaries(1);

    assertThat(whole).hasSizeGreaterThan(1);
    for (Row row : whole) {
      assertThat(row.getString(1)).as("%s", row).isNotBlank();
      assertThat(row.isNullAt(2)).isTrue();
      assertThat(row.getString(3)).isIn("stop", "length");
      // Every token of every text is read once, and those of the answers on top.
      assertThat(row.getInt(4)).isGreaterThan((int) row.getLong(5));
      assertThat(row.getLong(5)).isGreaterThan(CONTEXT);
    }
    assertThat(summaries(2)).isEqualTo(whole);
    assertThat(summaries(7)).isEqualTo(whole);
  }

  /** Without the tokens found in the cache: how many there are depends on what ran before. */
  private static List<Row> summaries(int partitions) {
    return documents(24, partitions)
        .groupBy("kind")
        .agg(
            expr("ai_summarize_agg(prompt, failOnError => false) r"),
            expr("sum(ai_count_tokens(prompt) - 1) n"))
        .orderBy("kind")
        .selectExpr("kind", "r.result", "r.error", "r.finish_reason", "r.usage.prompt_tokens", "n")
        .collectAsList();
  }

  @Test
  void aSingleTextOfManyContextsIsCutAndCombined() {
    Row row =
        documents(40, 3)
            .selectExpr("array_join(array_sort(collect_list(prompt)), '\\n\\n') AS text")
            .selectExpr(
                "ai_agg(text, 'What do the customers want?', failOnError => false) AS r",
                "sum(ai_count_tokens(text)) AS n")
            .selectExpr("r.result", "r.error", "r.usage.prompt_tokens", "n")
            .first();

    assertThat(row.getLong(3)).isGreaterThan(10 * CONTEXT);
    assertThat(row.getString(0)).isNotBlank();
    assertThat(row.isNullAt(1)).isTrue();
    assertThat(row.getInt(2)).isGreaterThan((int) row.getLong(3));
  }

  @Test
  void aGroupBeyondItsMemoryIsAnsweredToo() {
    spark.conf().set("spark.swiftkv.aggregateBytes", "16k");
    try {
      Row row =
          documents(30, 2)
              .selectExpr(
                  "ai_agg(prompt, 'What do the customers want?', failOnError => false) AS r",
                  "sum(ai_count_tokens(prompt) - 1) AS n")
              .selectExpr("r.result", "r.error", "r.usage.prompt_tokens", "n")
              .first();

      assertThat(row.getString(0)).isNotBlank();
      assertThat(row.getInt(2)).isGreaterThan((int) row.getLong(3));
    } finally {
      spark.conf().unset("spark.swiftkv.aggregateBytes");
    }
  }
}
