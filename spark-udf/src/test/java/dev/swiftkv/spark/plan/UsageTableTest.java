package dev.swiftkv.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.spark.FakeEngines;
import dev.swiftkv.spark.Sessions;
import dev.swiftkv.spark.batch.EngineReports;
import dev.swiftkv.spark.functions.EngineReport;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code ai_metrics()} after queries. */
class UsageTableTest {
  private SparkSession session;

  @BeforeEach
  void open() {
    session = Sessions.open();
  }

  @AfterEach
  void close() {
    session.stop();
  }

  private Row metrics(String model) {
    return session.sql("SELECT * FROM ai_metrics() WHERE model = '%s'".formatted(model)).first();
  }

  private static Object value(Row row, String column) {
    return row.get(row.fieldIndex(column));
  }

  private List<Row> ask(String model, String... prompts) {
    return session
        .sql(
            "SELECT ai_query('%s', p) FROM VALUES ('%s') t(p)"
                .formatted(model, String.join("'), ('", prompts)))
        .collectAsList();
  }

  @Test
  void isEmptyBeforeAModelIsLoaded() {
    assertThat(session.sql("SELECT * FROM ai_metrics()").collectAsList()).isEmpty();
  }

  @Test
  void countsPromptsTokensAndErrorsOfEachModel() {
    ask("one", "a b", "fail 1", "fail 2", "fail 3", "fail 4", "long c");
    ask("one", "a b");
    ask("other", "x");

    Row row = metrics("one");
    assertThat(value(row, "executor")).isEqualTo("driver");
    assertThat(value(row, "device")).isEqualTo("fake");
    assertThat(value(row, "prompts")).isEqualTo(6L);
    assertThat(value(row, "answered")).isEqualTo(6L);
    assertThat(value(row, "cached_answers")).isEqualTo(1L);
    assertThat(value(row, "prompt_tokens")).isEqualTo(12L);
    assertThat(value(row, "cached_tokens")).isEqualTo(2L);
    assertThat(value(row, "completion_tokens")).isEqualTo(6L);
    assertThat(value(row, "truncated")).isEqualTo(1L);
    assertThat(value(row, "failed")).isEqualTo(4L);
    assertThat(row.<String, Long>getJavaMap(row.fieldIndex("failed_by_category")))
        .isEqualTo(Map.of("INVALID_PROMPT", 4L));
    assertThat(row.<Row>getList(row.fieldIndex("errors")))
        .hasSize(3)
        .allSatisfy(error -> assertThat(error.getString(1)).isEqualTo("It says fail"));
    assertThat(value(metrics("other"), "prompts")).isEqualTo(1L);
  }

  @Test
  void countsAValueThatWasCutAsFailed() {
    session
        .sql("SELECT ai_classify(p, array('a', 'b')) FROM VALUES ('long'), ('c') t(p)")
        .collectAsList();
    session
        .sql("SELECT ai_query('demo', p, returnType => 'INT')" + " FROM VALUES ('long') t(p)")
        .collectAsList();

    Row row = metrics("demo");
    assertThat(value(row, "truncated")).isEqualTo(1L);
    assertThat(row.<String, Long>getJavaMap(row.fieldIndex("failed_by_category")))
        .isEqualTo(Map.of("INVALID_OPTION", 1L));
    assertThat(row.<Row>getList(row.fieldIndex("errors")).get(0).getString(1))
        .contains("ai_query had to end at 3 tokens");
  }

  @Test
  void isComputedWheneverItRunsAndMayBeReadTwice() {
    Dataset<Row> prompts = session.sql("SELECT sum(prompts) FROM ai_metrics()");
    ask("one", "a");
    assertThat(prompts.first().get(0)).isEqualTo(1L);
    ask("one", "b", "c");
    assertThat(prompts.first().get(0)).isEqualTo(3L);

    session.sql("CREATE OR REPLACE TEMPORARY VIEW m AS SELECT * FROM ai_metrics()");
    assertThat(session.sql("SELECT 1 FROM m a JOIN m b USING (model)").collectAsList()).hasSize(1);
  }

  /** The way of the numbers on a cluster, where the driver has no engines of its own. */
  @Test
  void tasksBringTheCountsOfTheirExecutor() {
    ask("one", "a", "b");
    assertThatThrownBy(
            () -> session.sql("SELECT ai_query('one', 'fail', failOnError => true)").collect())
        .hasStackTraceContaining("It says fail");
    // Engines that the driver cannot see.
    FakeEngines.reset();

    List<EngineReport> reported = EngineReports.of(session.sparkContext()).accumulator().value();
    assertThat(reported).hasSize(1);
    Row row = metrics("one");
    assertThat(value(row, "prompts")).isEqualTo(3L);
    assertThat(value(row, "failed")).isEqualTo(1L);
    assertThat(value(row, "executor")).isEqualTo("driver");
  }

  @Test
  void isDescribed() {
    String text = session.sql("DESCRIBE FUNCTION EXTENDED ai_metrics").collectAsList().toString();
    assertThat(text).contains("ai_metrics() - Returns a row for each executor and model");
    assertThat(text).contains("failed_by_category MAP<STRING, BIGINT>").contains("Examples:");
  }

  @Test
  void takesNoArguments() {
    assertThatThrownBy(() -> session.sql("SELECT * FROM ai_metrics(1)"))
        .hasMessageContaining("ai_metrics takes no arguments, got 1");
  }
}
