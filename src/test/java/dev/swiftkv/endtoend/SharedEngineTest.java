package dev.swiftkv.endtoend;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.TestFiles;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.SparkPlan;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import scala.jdk.javaapi.CollectionConverters;

/** Spark tasks and the resident engine together, on the demonstration model. */
class SharedEngineTest {
  private static SparkSession spark;

  @BeforeAll
  static void openSession() {
    // A step size of its own, so that no other test's engine is found loaded.
    spark =
        LocalSpark.open(Map.of("spark.swiftkv.stepTokens", "333", "spark.swiftkv.maxTokens", "96"));
  }

  @AfterAll
  static void stopSession() {
    spark.stop();
  }

  @Test
  void twoTasksShareOneLoadAndOneBatch() {
    Dataset<Row> answers = documents(40, 2).selectExpr("id", "ai_gen(prompt) AS answer", "truth");

    List<Row> rows = answers.collectAsList();

    assertThat(rows).hasSize(40);
    assertThat(answers.javaRDD().getNumPartitions()).isEqualTo(2);
    SparkPlan operator = operatorOf(answers);
    assertThat(metric(operator, "modelLoads")).isEqualTo(1);
    assertThat(metric(operator, "prompts")).isEqualTo(40);
    // Each task alone has 20 prompts in flight at most.
    assertThat(metric(operator, "largestBatch")).isGreaterThan(20);
    long right =
        rows.stream().filter(row -> row.getString(2).equals(row.getString(1).strip())).count();
    // 38 as measured; what is tested here is that two tasks share an engine.
    assertThat(right).isGreaterThanOrEqualTo(36);
  }

  @Test
  void rowsKeepTheirOrderAndTheirAnswers() {
    List<String> whole = answers(1);

    assertThat(answers(2)).isEqualTo(whole);
    assertThat(answers(7)).isEqualTo(whole);
    assertThat(answers(7)).isEqualTo(whole);
  }

  private static List<String> answers(int partitions) {
    List<String> answers = new ArrayList<>();
    for (Row row : documents(21, partitions).selectExpr("id", "ai_gen(prompt)").collectAsList()) {
      answers.add(row.getLong(0) + ": " + row.getString(1));
    }
    return answers;
  }

  private static Dataset<Row> documents(int rows, int partitions) {
    return spark
        .read()
        .json(TestFiles.sampleTable().toString())
        .where(col("id").leq(rows))
        .repartitionByRange(partitions, col("id"))
        .sortWithinPartitions("id");
  }

  private static SparkPlan operatorOf(Dataset<Row> query) {
    return find(query.queryExecution().executedPlan()).orElseThrow();
  }

  private static Optional<SparkPlan> find(SparkPlan plan) {
    if (plan.metrics().contains("modelLoads")) {
      return Optional.of(plan);
    }
    return CollectionConverters.asJava(plan.children()).stream()
        .flatMap(child -> find(child).stream())
        .findFirst();
  }

  private static long metric(SparkPlan operator, String name) {
    return operator.metrics().apply(name).value();
  }
}
