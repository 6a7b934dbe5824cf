package dev.swiftkv.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.spark.FakeEngine;
import dev.swiftkv.spark.FakeEngines;
import dev.swiftkv.spark.Sessions;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows are spread over tasks before they are asked, where nothing depends on their places. */
class SpreadRowsTest {
  @TempDir static Path folder;
  private static SparkSession session;

  @BeforeAll
  static void open() {
    session = Sessions.open();
    String table = folder.resolve("one").toString();
    session
        .range(0, 200, 1, 1)
        .selectExpr("id", "concat('document ', id % 20, ' ') document", "concat('q', id) question")
        .write()
        .parquet(table);
    session.read().parquet(table).createOrReplaceTempView("one");
  }

  @AfterAll
  static void close() {
    session.stop();
  }

  @BeforeEach
  void forget() {
    FakeEngines.reset();
    session.conf().set("spark.swiftkv.repartition", "3");
  }

  private static String plan(Dataset<Row> rows) {
    return rows.queryExecution().executedPlan().toString();
  }

  private static int prompts() {
    FakeEngine engine = FakeEngines.byModel("demo");
    return engine == null ? 0 : engine.asked.size();
  }

  @Test
  void aSingleFileIsAskedByAsManyTasksAsWanted() {
    Dataset<Row> rows = session.sql("SELECT id, ai_gen(question) c FROM one");

    assertThat(plan(rows)).containsPattern("AiEval[\\s\\S]*hashpartitioning\\(question#\\d+, 3\\)");
    assertThat(rows.javaRDD().getNumPartitions()).isEqualTo(3);
    assertThat(rows.collectAsList()).hasSize(200);
  }

  @Test
  void promptsThatBeginAlikeStayTogetherAndTasksAreEven() {
    Dataset<Row> rows =
        session.sql(
            "SELECT document, spark_partition_id() task, c FROM"
                + " (SELECT document, ai_gen(concat('Answer: ', document, question)) c FROM one)");
    List<Row> asked = rows.collectAsList();

    assertThat(plan(rows)).containsPattern("AiEval[\\s\\S]*rangepartitioning\\(xxhash64");
    long pairs = asked.stream().map(row -> row.get(0) + " " + row.get(1)).distinct().count();
    assertThat(asked).hasSize(200);
    // Of 20 documents at most one is cut at each of the two borders between tasks.
    assertThat(pairs).isBetween(20L, 22L);
    assertThat(asked.stream().map(row -> row.get(1)).distinct()).hasSize(3);
  }

  @Test
  void oneExecutorNeedsNoMoreTasks() {
    for (String wanted : List.of("auto", "off")) {
      session.conf().set("spark.swiftkv.repartition", wanted);

      assertThat(plan(session.sql("SELECT ai_gen(question) c FROM one")))
          .doesNotContain("Exchange");
    }
  }

  @Test
  void orderAndLimitsAndWantedPartitionsAreKept() {
    Dataset<Row> sorted =
        session.sql("SELECT id, ai_gen(question) c FROM (SELECT * FROM one SORT BY id DESC)");
    assertThat(plan(sorted)).doesNotContain("REPARTITION");
    assertThat(sorted.first().getLong(0)).isEqualTo(199);

    FakeEngines.reset();
    assertThat(session.sql("SELECT ai_gen(question) c FROM one LIMIT 5").collectAsList())
        .hasSize(5);
    assertThat(prompts()).isEqualTo(5);

    assertThat(
            plan(
                session
                    .sql("SELECT /*+ REPARTITION(5) */ * FROM one")
                    .selectExpr("ai_gen(question)")))
        .contains("RoundRobinPartitioning(5)")
        .doesNotContain("hashpartitioning");
  }

  @Test
  void chainedCallsAreSpreadOnce() {
    Dataset<Row> rows = session.sql("SELECT ai_gen(ai_gen(question)) c FROM one");

    assertThat(rows.collectAsList()).hasSize(200);
    assertThat(plan(rows).split("== Initial Plan ==", -1)[0].split("REPARTITION_BY_NUM", -1))
        .hasSize(2);
  }

  @Test
  void otherValuesAreRefused() {
    session.conf().set("spark.swiftkv.repartition", "many");

    assertThatThrownBy(() -> session.sql("SELECT ai_gen(question) c FROM one").collectAsList())
        .hasMessageContaining("repartition")
        .hasMessageContaining("auto, off or a whole number");
  }

  @Test
  void explainEstimatesWhatSparkHasCounted() {
    session.conf().set("spark.swiftkv.repartition", "off");
    assertThat(plan(session.range(50).selectExpr("ai_gen('four and four')")))
        .contains("at most 50 prompts, about 163 prompt tokens");
    assertThat(plan(session.range(50).selectExpr("ai_gen(string(id))")))
        .contains("at most 50 prompts, unknown number of prompt tokens");
    assertThat(plan(session.sql("SELECT ai_gen(question) c FROM one")))
        .contains("unknown number of prompts");

    session.conf().set("spark.sql.cbo.planStats.enabled", "true");
    session.sql("CREATE TABLE counted USING parquet AS SELECT id, document FROM one");
    try {
      session.sql("ANALYZE TABLE counted COMPUTE STATISTICS FOR COLUMNS document");
      // "document 0 " to "document 19 " are 12 bytes on average, rounded up.
      assertThat(plan(session.sql("SELECT ai_gen(concat('Read: ', document)) c FROM counted")))
          .contains("at most 200 prompts, about 900 prompt tokens");
    } finally {
      session.sql("DROP TABLE counted");
      session.conf().unset("spark.sql.cbo.planStats.enabled");
    }
  }
}
