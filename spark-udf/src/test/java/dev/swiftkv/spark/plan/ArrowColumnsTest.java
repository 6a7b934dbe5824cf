package dev.swiftkv.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.spark.FakeEngines;
import dev.swiftkv.spark.Sessions;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.util.ArrowUtils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ArrowColumnsTest {
  private static final int ROWS = ArrowSource.PARTITIONS * ArrowSource.BATCHES * ArrowSource.ROWS;

  private static SparkSession session;

  @BeforeAll
  static void open() {
    session = Sessions.open();
    session.read().format(ArrowSource.class.getName()).load().createOrReplaceTempView("arrow");
  }

  @AfterAll
  static void close() {
    session.stop();
  }

  @BeforeEach
  void forgetPrompts() {
    FakeEngines.reset();
  }

  private static String plan(String sql) {
    return session.sql(sql).queryExecution().executedPlan().toString();
  }

  private static void assertAnswers(Dataset<Row> answers) {
    List<Row> rows = answers.collectAsList();
    assertThat(rows).hasSize(ROWS);
    for (int i = 0; i < ROWS; i++) {
      boolean asked = i % ArrowSource.ROWS != ArrowSource.ROWS - 1;
      assertThat(rows.get(i).getLong(0)).isEqualTo(i);
      assertThat(rows.get(i).getString(1)).isEqualTo(asked ? "C(arrow " + i + ")" : null);
    }
    assertThat(ArrowUtils.rootAllocator().getAllocatedMemory()).isZero();
  }

  @Test
  void readsArrowColumnsInPlace() {
    String sql = "SELECT id, ai_gen(text) c FROM arrow";

    assertThat(plan(sql)).containsPattern("ColumnarToRow\\s+\\+- AiEval");
    assertAnswers(session.sql(sql));
    assertThat(FakeEngines.byModel("demo").readInPlace).hasValue(ROWS - ROWS / ArrowSource.ROWS);
  }

  @Test
  void keepsBatchesApartWhileAnswersAreSlow() {
    assertAnswers(session.sql("SELECT id, ai_query('delay-2', text) c FROM arrow"));
  }

  @Test
  void usesRowsWhereThePromptIsComputed() {
    String sql = "SELECT id, ai_gen(concat(text, '')) c FROM arrow";

    assertThat(plan(sql)).containsPattern("AiEval .*\\s+\\+- .*ColumnarToRow");
    assertAnswers(session.sql(sql));
  }

  @Test
  void usesRowsOnRequest() {
    session.conf().set("spark.swiftkv.columnar", "false");
    try {
      String sql = "SELECT id, ai_gen(text) c FROM arrow";

      assertThat(plan(sql)).doesNotContainPattern("ColumnarToRow\\s+\\+- AiEval");
      assertAnswers(session.sql(sql));
    } finally {
      session.conf().unset("spark.swiftkv.columnar");
    }
  }
}
