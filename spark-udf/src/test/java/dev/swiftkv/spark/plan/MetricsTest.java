package dev.swiftkv.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.spark.FakeEngines;
import dev.swiftkv.spark.Sessions;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.adaptive.AdaptiveSparkPlanExec;
import org.apache.spark.sql.execution.adaptive.QueryStageExec;
import org.apache.spark.sql.execution.metric.SQLMetric;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import scala.jdk.javaapi.CollectionConverters;

class MetricsTest {
  private static SparkSession session;

  @BeforeAll
  static void open() {
    session = Sessions.open();
  }

  @AfterAll
  static void close() {
    session.stop();
  }

  @BeforeEach
  void forgetPrompts() {
    FakeEngines.reset();
  }

  private static Map<String, SQLMetric> metrics(String sql) {
    Dataset<Row> answers = session.sql(sql);
    answers.collectAsList();
    return metrics(answers);
  }

  /** Those of the one node of an executed query. */
  static Map<String, SQLMetric> metrics(Dataset<Row> answers) {
    return CollectionConverters.asJava(node(answers.queryExecution().executedPlan()).metrics());
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

  @Test
  void countWhatHappenedToEveryRow() {
    Map<String, SQLMetric> metrics =
        metrics(
            "SELECT CASE WHEN x <> 'skip' THEN ai_gen(x) END FROM VALUES ('a b'), ('a b'),"
                + " ('fail'), (NULL), ('skip'), ('long') t(x)");

    assertThat(metrics.get(AiMetrics.OUTPUT_ROWS).value()).isEqualTo(6);
    assertThat(metrics.get(AiMetrics.PROMPTS).value()).isEqualTo(3);
    assertThat(metrics.get(AiMetrics.REPEATED).value()).isEqualTo(1);
    assertThat(metrics.get(AiMetrics.SKIPPED).value()).isEqualTo(2);
    assertThat(metrics.get(AiMetrics.PROMPT_TOKENS).value()).isEqualTo(4);
    assertThat(metrics.get(AiMetrics.CACHED_TOKENS).value()).isEqualTo(2);
    assertThat(metrics.get(AiMetrics.COMPLETION_TOKENS).value()).isEqualTo(6);
    assertThat(metrics.get(AiMetrics.TRUNCATED).value()).isEqualTo(1);
    assertThat(metrics.get(AiMetrics.FAILED).value()).isEqualTo(1);
    assertThat(metrics.get(AiMetrics.failed(ErrorCategory.INVALID_PROMPT)).value()).isEqualTo(1);
    assertThat(metrics.get(AiMetrics.failed(ErrorCategory.INTERNAL)).value()).isZero();
  }

  @Test
  void twoTasksShareOneEngineAndItsBatches() {
    // Each task has 16 prompts open until the first is answered, so 32 takes both.
    Map<String, SQLMetric> metrics =
        metrics("SELECT ai_query('together-32', concat('p', id)) FROM range(0, 40, 1, 2)");

    assertThat(metrics.get(AiMetrics.MODEL_LOADS).value()).isEqualTo(1);
    assertThat(metrics.get(AiMetrics.PROMPTS).value()).isEqualTo(40);
    assertThat(FakeEngines.byModel("together-32").mostOpen.get()).isGreaterThanOrEqualTo(32);
    assertThat(metrics.get(AiMetrics.LARGEST_BATCH).value()).isGreaterThanOrEqualTo(32);
    assertThat(metrics.get(AiMetrics.WAIT_TIME).value()).isPositive();
  }

  @Test
  void theLargestBatchIsTheLargestOfTheTasks() {
    assertThat(new LargestBatch().aggregateTaskMetrics(new long[] {3, 9, 4})).isEqualTo("9");
    assertThat(new LargestBatch().aggregateTaskMetrics(new long[0])).isEqualTo("0");
  }
}
