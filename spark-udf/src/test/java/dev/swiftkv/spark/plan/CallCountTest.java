package dev.swiftkv.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.swiftkv.spark.FakeEngine;
import dev.swiftkv.spark.FakeEngines;
import dev.swiftkv.spark.Sessions;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
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
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a query costs: how many prompts each shape asks, and that it gives the same rows as without
 * the rules, also where Spark neither adapts the plan nor generates code.
 *
 * <p>What the rules save is counted with the result cache off, which would hide a call that is
 * evaluated twice: equal prompts are then asked once a task, so 10 values cost 20 unless both tasks
 * wait for them at the same moment. With the cache on no shape asks a prompt twice.
 */
class CallCountTest {
  private static final Map<String, String> NO_CACHE = Map.of("spark.swiftkv.resultCacheBytes", "0");

  /** The cache of answers at its default size. */
  private static final Map<String, String> CACHE = Map.of("spark.swiftkv.resultCacheBytes", "64m");

  private static final Map<String, String> NO_RULES = Map.of("spark.swiftkv.optimize", "false");

  private static final Map<String, String> PLAIN_EXECUTION =
      Map.of("spark.sql.adaptive.enabled", "false", "spark.sql.codegen.wholeStage", "false");

  @TempDir static Path folder;
  private static SparkSession session;

  @BeforeAll
  static void open() {
    session = Sessions.open();
    session.conf().set("spark.sql.planChangeValidation", "true");
    NO_CACHE.forEach(session.conf()::set);
    ShapeTables.create(session, folder);
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

  private static int distinctPrompts() {
    FakeEngine engine = FakeEngines.byModel("demo");
    return engine == null ? 0 : (int) engine.asked.stream().distinct().count();
  }

  private static List<String> rows(String sql) {
    return ShapeTables.rows(session.sql(sql));
  }

  private static Dataset<Row> completed() {
    return ShapeTables.completed(session);
  }

  private static List<String> runWith(Map<String, String> settings, QueryShape shape) {
    FakeEngines.reset();
    return Settings.during(session, settings, () -> shape.run().apply(session));
  }

  @ParameterizedTest(name = "{2}")
  @CsvFileSource(
      resources = "call-counts.csv",
      delimiter = '|',
      numLinesToSkip = 1,
      maxCharsPerColumn = 1000)
  void queriesAskNoMoreThan(int prompts, int rows, String name, String sql) {
    String bytes = name.startsWith("nb:") ? "-1" : "10m";
    Map<String, String> broadcast = Map.of("spark.sql.autoBroadcastJoinThreshold", bytes);
    check(
        new QueryShape(
            prompts, rows, name, session -> Settings.during(session, broadcast, () -> rows(sql))));
  }

  @ParameterizedTest
  @MethodSource("dev.swiftkv.spark.plan.FrameShapes#all")
  void framesAskNoMoreThan(QueryShape shape) {
    check(shape);
  }

  private static void check(QueryShape shape) {
    List<String> given = runWith(NO_CACHE, shape);
    int distinct = distinctPrompts();

    assertThat(given).hasSize(shape.rows());
    assertThat(prompts()).as("prompts").isBetween(distinct, shape.prompts());
    assertThat(runWith(PLAIN_EXECUTION, shape)).isEqualTo(given);
    assertThat(prompts()).as("prompts in plain execution").isBetween(distinct, shape.prompts());
    assertThat(runWith(CACHE, shape)).isEqualTo(given);
    assertThat(prompts()).as("prompts with the cache").isEqualTo(distinct);
    assertThat(runWith(NO_RULES, shape)).as("rows without the rules").isEqualTo(given);
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
    runWith(CACHE, new QueryShape(prompts, 0, sql, session -> rows(sql)));

    assertThat(prompts()).isEqualTo(prompts);
  }

  @Test
  void withTheCacheQueriesOneAfterTheOtherAskOnce() {
    QueryShape twice =
        new QueryShape(
            100,
            200,
            "twice",
            session ->
                Stream.of(completed(), completed())
                    .flatMap(frame -> ShapeTables.rows(frame).stream())
                    .toList());

    assertThat(runWith(CACHE, twice)).hasSize(200);
    assertThat(prompts()).isEqualTo(100);
  }

  @Test
  void aLimitTooLargeToFetchIsSpreadOverTasksAgain() {
    Map<String, String> few = Map.of("spark.swiftkv.takeRows", "10");
    Dataset<Row> limited =
        Settings.during(
            session,
            few,
            () -> {
              Dataset<Row> frame = completed().limit(40);
              assertThat(frame.collectAsList()).hasSize(40);
              return frame;
            });

    assertThat(prompts()).isEqualTo(40);
    assertThat(limited.queryExecution().executedPlan().toString())
        .containsPattern("AiEval[\\s\\S]*hashpartitioning\\(text#\\d+, 2\\)[\\s\\S]*GlobalLimit");
  }

  /** Which row of a key is kept is open, but its answer is the answer to its own prompt. */
  @Test
  void oneRowPerKeyAsksOncePerKey() {
    List<Row> kept =
        session.sql("SELECT *, ai_gen(text) c FROM t").dropDuplicates("k").collectAsList();

    assertThat(kept)
        .hasSize(10)
        .allSatisfy(row -> assertThat(row.<String>getAs("c")).isEqualTo(answer(row)));
    assertThat(prompts()).isEqualTo(10);
  }

  private static String answer(Row row) {
    return "C(" + row.getAs("text") + ")";
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

  /** Spark runs each round of a recursion twice: to see whether it has rows, and for its rows. */
  @Test
  void recursionAsksOnceWithTheCache() {
    assumeThat(session.version()).as("has recursion").isGreaterThanOrEqualTo("4.1");
    QueryShape recursion =
        new QueryShape(
            5,
            5,
            "recursion",
            session ->
                rows(
                    "WITH RECURSIVE r(n, c) AS (SELECT 1, ai_gen('seed') UNION ALL SELECT n + 1,"
                        + " ai_gen(concat(c, n)) FROM r WHERE n < 5) SELECT * FROM r"));

    assertThat(runWith(CACHE, recursion)).hasSize(5).contains("[3,C(C(C(seed)1)2)]");
    assertThat(prompts()).isEqualTo(5);
  }

  /** Moving a call must not draw again what the row shows. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT x, ai_gen(x) c FROM (SELECT id, string(rand()) x FROM t)",
        "SELECT x, c FROM (SELECT k, x, ai_gen(x) c FROM (SELECT k, string(rand()) x FROM t)) JOIN"
            + " dim USING (k)",
        "SELECT x, c FROM (SELECT *, ai_gen(x) c, row_number() OVER (PARTITION BY k ORDER BY id) r"
            + " FROM (SELECT id, k, uuid() x FROM t)) WHERE r = 1",
        "SELECT x, ai_gen(x) c FROM (SELECT id, uuid() x FROM t) ORDER BY id LIMIT 5",
        "SELECT x, CASE WHEN x < '5' THEN ai_gen(x) ELSE concat('C(', x, ')') END c FROM (SELECT"
            + " uuid() x FROM t)"
      })
  void drawnPromptsAnswerWhatTheRowShows(String sql) {
    List<Row> drawn = session.sql(sql).collectAsList();

    assertThat(drawn)
        .isNotEmpty()
        .allSatisfy(row -> assertThat(row.getString(1)).isEqualTo("C(" + row.getString(0) + ")"));
  }

  @Test
  void describingAColumnAsksOnce() {
    assertThat(completed().describe("c").collectAsList()).hasSize(5);

    assertThat(prompts()).isEqualTo(100);
  }

  @ParameterizedTest
  @CsvSource({"true,true", "true,false", "false,true", "false,false"})
  void adaptiveExecutionAndCodegenChangeNothing(boolean adaptive, boolean codegen) {
    Map<String, String> execution =
        Map.of(
            "spark.sql.adaptive.enabled", Boolean.toString(adaptive),
            "spark.sql.codegen.wholeStage", Boolean.toString(codegen));
    List<String> given =
        Settings.during(
            session,
            execution,
            () ->
                rows(
                    "SELECT k, max(ai_gen(dup)) m, count(*) FROM t WHERE id < 50 GROUP BY k ORDER"
                        + " BY k"));

    assertThat(given).hasSize(10).first().isEqualTo("[0,C(dup 0),5]");
    assertThat(FakeEngines.byModel("demo").sortedPrompts())
        .contains("dup 9")
        .hasSizeBetween(10, 20);
  }
}
