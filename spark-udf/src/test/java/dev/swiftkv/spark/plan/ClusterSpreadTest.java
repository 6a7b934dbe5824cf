package dev.swiftkv.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.spark.FakeEngines;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;
import java.util.UUID;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.adaptive.AdaptiveSparkPlanExec;
import org.apache.spark.sql.execution.adaptive.QueryStageExec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code spark.swiftkv.repartition=auto} on two executors, each a process with one slot. */
class ClusterSpreadTest {
  private static final long ROWS = 400;

  @TempDir static Path folder;
  private static SparkSession session;

  @BeforeAll
  static void open() throws Exception {
    // Workers insist on the jars of an installation; the class path has them already.
    Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    session =
        SparkSession.builder()
            .master("local-cluster[2,1,1024]")
            .appName("spark-swiftkv cluster tests")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.executor.memory", "600m")
            .config("spark.executor.extraClassPath", classPath)
            .config("spark.scheduler.minRegisteredResourcesRatio", "1.0")
            .config("spark.scheduler.maxRegisteredResourcesWaitingTime", "120s")
            .config("spark.sql.shuffle.partitions", "4")
            .config("spark.swiftkv.engineProvider", FakeEngines.class.getName())
            .getOrCreate();
    String table = folder.resolve("one").toString();
    session
        .range(0, ROWS, 1, 1)
        .selectExpr(
            "id",
            "id % 100 k",
            // Parquet cannot make these smaller than is worth spreading.
            "concat('text ', id, array_join(transform(sequence(1, 10),"
                + " i -> sha2(string(10 * id + i), 512)), ' ')) text",
            "concat('repeated ', id % 10) repeated")
        .write()
        .parquet(table);
    session.read().parquet(table).createOrReplaceTempView("one");
  }

  @AfterAll
  static void close() {
    session.stop();
  }

  /** The executors that gave the rows of a query. */
  private static Set<String> executors(Dataset<Row> rows) {
    FlatMapFunction<Iterator<Row>, String> executor =
        partition -> {
          Set<String> ids = new HashSet<>();
          partition.forEachRemaining(row -> ids.add(SparkEnv.get().executorId()));
          // As with a model a task is not done before the other executor has begun one.
          Thread.sleep(500);
          return ids.iterator();
        };
    return new HashSet<>(rows.javaRDD().mapPartitions(executor).collect());
  }

  private static long prompts(Dataset<Row> rows) {
    return node(rows.queryExecution().executedPlan()).metrics().apply(AiMetrics.PROMPTS).value();
  }

  private static AiEvalExec node(SparkPlan plan) {
    if (plan instanceof AiEvalExec exec) {
      return exec;
    }
    if (plan instanceof AdaptiveSparkPlanExec adaptive) {
      return node(adaptive.executedPlan());
    }
    return node(plan instanceof QueryStageExec stage ? stage.plan() : plan.children().apply(0));
  }

  /** The executors keep answers, so each run of a test asks prompts of its own. */
  private static Dataset<Row> anew(String sql) {
    return session.sql(
        sql.replace("ai_gen(", "ai_gen('again %s ' || ".formatted(UUID.randomUUID())));
  }

  private static void assertSpread(String sql, int rows, int prompts) {
    session.conf().set("spark.swiftkv.repartition", "off");
    assertThat(executors(session.sql(sql))).as("executors without spreading").hasSize(1);

    session.conf().set("spark.swiftkv.repartition", "auto");
    Dataset<Row> spread = session.sql(sql);
    assertThat(executors(spread)).as("executors of %s", spread.queryExecution()).hasSize(2);
    Dataset<Row> answers = anew(sql);
    assertThat(answers.collectAsList())
        .hasSize(rows)
        .allSatisfy(row -> assertThat(row.getString(1)).startsWith("C(again "));
    assertThat(prompts(answers)).isEqualTo(prompts);
  }

  @Test
  void aFileOfOneRowGroupIsAskedByAllExecutors() {
    assertSpread("SELECT id, ai_gen(text) c FROM one", 400, 400);
  }

  @Test
  void groupsThatWouldBeOneTaskAreAskedByAllExecutors() {
    assertSpread("SELECT k, ai_gen(concat('key ', k)) c FROM one GROUP BY k", 100, 100);
  }

  @Test
  void equalPromptsMeetInOneExecutor() {
    assertSpread("SELECT id, ai_gen(repeated) c FROM one", 400, 10);
  }

  @Test
  void rowsThatAJoinRepeatsAreAskedOnce() {
    assertSpread(
        "SELECT a.id, a.c FROM (SELECT id, k, ai_gen(text) c FROM one) a"
            + " JOIN (SELECT explode(array(1L, 1L, 2L)) k) b ON a.k = b.k",
        12,
        8);
  }

  @Test
  void aLimitBeyondWhatIsFetchedIsSpreadAndAsksNoMore() {
    session.conf().set("spark.swiftkv.takeRows", "10");
    try {
      String sql = "SELECT id, ai_gen(repeated) c FROM one LIMIT 200";
      Dataset<Row> limited = session.sql(sql);
      assertThat(executors(limited)).as("executors of %s", limited.queryExecution()).hasSize(2);

      Dataset<Row> again = anew(sql);
      assertThat(again.collectAsList()).hasSize(200);
      assertThat(prompts(again)).isEqualTo(10);
    } finally {
      session.conf().unset("spark.swiftkv.takeRows");
    }
  }
}
