package dev.swiftkv.spark.plan;

import static org.apache.spark.sql.functions.call_function;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.spark.FakeEngine;
import dev.swiftkv.spark.FakeEngines;
import dev.swiftkv.spark.Sessions;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a query costs: how many prompts each shape asks, and that it gives the same rows as without
 * the rules.
 *
 * <p>Table {@code t}: 100 rows in 4 files, read by 2 tasks; {@code text} is distinct, {@code dup}
 * has 10 values, {@code flag} is true for 30 rows, {@code a} is null for 50. Table {@code dim}: 5
 * rows, joined on {@code k} it keeps 50.
 *
 * <p>What the rules save is counted with the result cache off, which would hide a call that is
 * evaluated twice: equal prompts are then asked once a task, so 10 values cost 20 unless both tasks
 * wait for them at the same moment. With the cache on no shape asks a prompt twice.
 */
class CallCountTest {
  @TempDir static Path folder;
  private static SparkSession session;

  @BeforeAll
  static void open() {
    session = Sessions.open();
    session.conf().set("spark.sql.planChangeValidation", "true");
    session.conf().set("spark.swiftkv.resultCacheBytes", "0");
    String table = folder.resolve("t").toString();
    session
        .range(100)
        .selectExpr(
            "cast(id as int) id",
            "cast(id % 10 as int) k",
            "concat('text ', id) text",
            "if(id % 2 = 0, concat('a', id), null) a",
            "id % 10 < 3 flag",
            "concat('dup ', id % 10) dup")
        .repartition(4)
        .write()
        .parquet(table);
    session.read().parquet(table).createOrReplaceTempView("t");
    String labels = folder.resolve("dim").toString();
    session
        .range(5)
        .selectExpr("cast(id as int) k", "concat('label ', id) label")
        .coalesce(1)
        .write()
        .parquet(labels);
    session.read().parquet(labels).createOrReplaceTempView("dim");
    session.sql("CREATE TEMPORARY VIEW v AS SELECT id, ai_gen(text) c FROM t");
  }

  @AfterAll
  static void close() {
    session.stop();
  }

  @BeforeEach
  void forgetPrompts() {
    FakeEngines.reset();
  }

  private static int prompts() {
    FakeEngine engine = FakeEngines.byModel("demo");
    return engine == null ? 0 : engine.asked.size();
  }

  private static long distinctPrompts() {
    FakeEngine engine = FakeEngines.byModel("demo");
    return engine == null ? 0 : engine.asked.stream().distinct().count();
  }

  private static int promptsWithCache(String sql) {
    FakeEngines.reset();
    session.conf().unset("spark.swiftkv.resultCacheBytes");
    try {
      rows(sql);
      return prompts();
    } finally {
      session.conf().set("spark.swiftkv.resultCacheBytes", "0");
    }
  }

  private static List<String> rows(String sql) {
    return session.sql(sql).collectAsList().stream().map(Row::toString).sorted().toList();
  }

  private static Dataset<Row> completed() {
    return session.sql("SELECT id, ai_gen(text) c FROM t");
  }

  @ParameterizedTest(name = "{2}")
  @CsvFileSource(
      resources = "call-counts.csv",
      delimiter = '|',
      numLinesToSkip = 1,
      maxCharsPerColumn = 1000)
  void asksNoMoreThan(int prompts, int rows, String shape, String sql) {
    boolean broadcasts = !shape.startsWith("nb:");
    session.conf().set("spark.sql.autoBroadcastJoinThreshold", broadcasts ? "10m" : "-1");

    List<String> given = rows(sql);
    int asked = prompts();
    long distinct = distinctPrompts();

    assertThat(given).hasSize(rows);
    // A call inside a lambda asks row by row: nothing but the cache knows what it asked before.
    if (!shape.startsWith("lambda:")) {
      assertThat(asked).as("prompts of %s", shape).isBetween((int) distinct, prompts);
    }
    assertThat(promptsWithCache(sql))
        .as("with the cache, prompts of %s", shape)
        .isEqualTo(distinct);
    if (!sql.startsWith("EXPLAIN")) {
      session.conf().set("spark.swiftkv.optimize", "false");
      try {
        assertThat(rows(sql)).isEqualTo(given);
      } finally {
        session.conf().unset("spark.swiftkv.optimize");
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "10 | SELECT id, ai_gen(dup) c FROM t",
        "1 | SELECT id, ai_gen('hi') c FROM t",
        "100 | SELECT id, ai_gen(text) c FROM t UNION ALL SELECT id, ai_gen(text) c FROM t"
      })
  void withTheCacheEqualPromptsOfAllTasksAskOnce(int prompts, String sql) {
    assertThat(promptsWithCache(sql)).isEqualTo(prompts);
  }

  @Test
  void withTheCacheABareSelfJoinAsksOnce() {
    session.conf().unset("spark.swiftkv.resultCacheBytes");
    try {
      Dataset<Row> frame = completed();

      assertThat(frame.as("a").join(frame.as("b"), expr("a.c = b.c")).collectAsList()).hasSize(100);
      assertThat(completed().collectAsList()).hasSize(100);
    } finally {
      session.conf().set("spark.swiftkv.resultCacheBytes", "0");
    }

    assertThat(prompts()).isEqualTo(100);
  }

  @Test
  void showAsksWhatItShows() {
    assertThat(completed().takeAsList(5)).hasSize(5);

    assertThat(prompts()).isEqualTo(5);
  }

  @Test
  void selfJoinsAskOnceWhereSomethingStandsOnTop() {
    Dataset<Row> frame = completed();
    Dataset<Row> joined = frame.as("a").join(frame.as("b"), expr("a.c = b.c"));

    assertThat(joined.select("a.id", "b.c").collectAsList()).hasSize(100);
    assertThat(prompts()).isEqualTo(100);
  }

  @Test
  void viewSelfJoinAsksOnce() {
    assertThat(rows("SELECT a.id, b.c FROM v a JOIN v b ON a.c = b.c")).hasSize(100);

    assertThat(prompts()).isEqualTo(100);
  }

  @Test
  void aCachedFrameIsAskedOnce() {
    Dataset<Row> frame = completed().cache();
    try {
      assertThat(frame.collectAsList()).hasSize(100);
      assertThat(completed().collectAsList()).hasSize(100);
    } finally {
      frame.unpersist(true);
    }

    assertThat(prompts()).isEqualTo(100);
  }

  @Test
  void countingRowsAsksNothing() {
    assertThat(completed().count()).isEqualTo(100);

    assertThat(prompts()).isZero();
  }

  @Test
  void writingAsksOncePerRow() {
    String path = folder.resolve("written").toString();
    completed().write().parquet(path);
    assertThat(prompts()).isEqualTo(100);
    assertThat(session.read().parquet(path).count()).isEqualTo(100);

    session.sql("CREATE TABLE written USING parquet AS SELECT id, ai_gen(text) c FROM t");
    assertThat(prompts()).isEqualTo(200);
    session.sql("INSERT INTO written SELECT id, ai_gen(text) c FROM t LIMIT 5");
    assertThat(prompts()).isEqualTo(205);
    assertThat(session.table("written").count()).isEqualTo(105);
    session.sql("DROP TABLE written");
  }

  @Test
  void theRddOfALimitAsksThatMany() {
    assertThat(completed().limit(5).javaRDD().count()).isEqualTo(5);

    assertThat(prompts()).isEqualTo(5);
  }

  @Test
  void aLimitTooLargeToFetchIsSpreadOverTasksAgain() {
    session.conf().set("spark.swiftkv.takeRows", "10");
    try {
      Dataset<Row> limited = completed().limit(40);

      assertThat(limited.collectAsList()).hasSize(40);
      assertThat(prompts()).isEqualTo(40);
      assertThat(limited.queryExecution().executedPlan().toString())
          .containsPattern("AiEval[\\s\\S]*RoundRobinPartitioning\\(2\\)[\\s\\S]*GlobalLimit");
    } finally {
      session.conf().unset("spark.swiftkv.takeRows");
    }
  }

  @Test
  void functionsCanBeCalledWithColumns() {
    Column call = call_function("ai_gen", col("text"));

    assertThat(session.table("t").select(call).collectAsList()).hasSize(100);
    assertThat(prompts()).isEqualTo(100);
  }

  @Test
  void repartitioningByAnAnswerAsksOncePerRow() {
    Dataset<Row> table = session.sql("SELECT id, text FROM t");

    assertThat(table.repartition(3, expr("ai_gen(text)")).collectAsList()).hasSize(100);
    assertThat(prompts()).isEqualTo(100);
    assertThat(completed().repartitionByRange(3, col("c")).collectAsList()).hasSize(100);
    assertThat(prompts()).isEqualTo(200);
  }

  @Test
  void oneRowPerKeyAsksOncePerKey() {
    List<Row> kept =
        session.sql("SELECT *, ai_gen(text) c FROM t").dropDuplicates("k").collectAsList();

    assertThat(kept)
        .hasSize(10)
        .allSatisfy(row -> assertThat(row.<String>getAs("c")).isEqualTo(answer(row)));
    assertThat(prompts()).isEqualTo(10);
  }

  @Test
  void oneRowPerAnswerAsksEveryRow() {
    assertThat(completed().dropDuplicates("c").collectAsList()).hasSize(100);

    assertThat(prompts()).isEqualTo(100);
  }

  private static String answer(Row row) {
    return "C(" + row.getAs("text") + ")";
  }

  @Test
  void aReaderThatStopsEarlyPaysForThePartitionsItOpened() {
    Iterator<Row> rows = completed().toLocalIterator();
    for (int i = 0; i < 3; i++) {
      assertThat(rows.next().size()).isEqualTo(2);
    }

    assertThat(prompts()).isLessThanOrEqualTo(60);
  }

  @Test
  void checkpointsAskOnce() {
    session.sparkContext().setCheckpointDir(folder.resolve("checkpoints").toString());
    assertThat(completed().checkpoint().collectAsList()).hasSize(100);
    assertThat(prompts()).isEqualTo(100);
    Dataset<Row> local = completed().localCheckpoint();
    assertThat(local.collectAsList()).hasSize(100);
    assertThat(local.collectAsList()).hasSize(100);
    assertThat(prompts()).isEqualTo(200);
  }

  @Test
  void samplesAskWhatTheyKeep() {
    long kept = completed().sample(0.2, 7).collectAsList().size();
    assertThat((long) prompts()).isLessThanOrEqualTo(100).isGreaterThanOrEqualTo(kept);

    FakeEngines.reset();
    Dataset<Row>[] halves = completed().randomSplit(new double[] {1, 1}, 3);
    assertThat(halves[0].collectAsList().size() + halves[1].collectAsList().size()).isEqualTo(100);
    assertThat(prompts()).isLessThanOrEqualTo(200);
  }

  @Test
  void countingTwiceAsksNothing() {
    Dataset<Row> frame = completed();
    assertThat(frame.count() + frame.count()).isEqualTo(200);

    assertThat(prompts()).isZero();
  }

  @Test
  void describingAColumnAsksOnce() {
    assertThat(completed().describe("c").collectAsList()).hasSize(5);

    assertThat(prompts()).isEqualTo(100);
  }

  @ParameterizedTest
  @CsvSource({"true,true", "true,false", "false,true", "false,false"})
  void adaptiveExecutionAndCodegenChangeNothing(boolean adaptive, boolean codegen) {
    session.conf().set("spark.sql.adaptive.enabled", adaptive);
    session.conf().set("spark.sql.codegen.wholeStage", codegen);
    try {
      List<String> given =
          rows("SELECT k, max(ai_gen(dup)) m, count(*) FROM t WHERE id < 50 GROUP BY k ORDER BY k");

      assertThat(given).hasSize(10).first().isEqualTo("[0,C(dup 0),5]");
      assertThat(FakeEngines.byModel("demo").sortedPrompts())
          .contains("dup 9")
          .hasSizeBetween(10, 20);
    } finally {
      session.conf().unset("spark.sql.adaptive.enabled");
      session.conf().unset("spark.sql.codegen.wholeStage");
    }
  }
}
