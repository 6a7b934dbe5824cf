package dev.swiftkv.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.swiftkv.spark.FakeEngine;
import dev.swiftkv.spark.FakeEngines;
import dev.swiftkv.spark.Sessions;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.connector.catalog.InMemoryRowLevelOperationTableCatalog;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

/**
 * UPDATE, DELETE, MERGE and INSERT with calls: what they ask, and that the table holds what it
 * would hold if the answers were computed by a plain function.
 *
 * <p>{@code orders}: 20 rows in two partitions, {@code notes}: 20 rows of which 10 have an order.
 */
class RowChangesTest {
  private static final Map<String, String> NO_CACHE = Map.of("spark.swiftkv.resultCacheBytes", "0");
  private static final Map<String, String> NO_RULES = Map.of("spark.swiftkv.optimize", "false");
  private static final Map<String, String> PLAIN_EXECUTION =
      Map.of("spark.sql.adaptive.enabled", "false", "spark.sql.codegen.wholeStage", "false");

  /** The properties of a table that takes changes as whole groups of rows. */
  private static final String GROUPS = "";

  /** Tables that take groups, or rows, or rows out and rows in. */
  private static final List<String> TABLE_KINDS =
      List.of(
          GROUPS,
          ", 'supports-deltas'='true'",
          ", 'supports-deltas'='true', 'split-updates'='true'");

  private static SparkSession session;

  @BeforeAll
  static void open() {
    session = Sessions.open();
    session.conf().set("spark.sql.planChangeValidation", "true");
    session
        .conf()
        .set("spark.sql.catalog.changes", InMemoryRowLevelOperationTableCatalog.class.getName());
    session.conf().set("spark.sql.shuffle.partitions", "2");
    NO_CACHE.forEach(session.conf()::set);
    UDF1<String, String> answer = prompt -> prompt == null ? null : "C(" + prompt + ")";
    session.udf().register("answer_to", answer, DataTypes.StringType);
    session
        .range(10, 30)
        .selectExpr("cast(id AS int) k", "concat('note ', id) note")
        .createOrReplaceTempView("notes");
  }

  @AfterAll
  static void close() {
    session.stop();
  }

  private static boolean changesTakeCalls() {
    return !session.version().startsWith("4.0");
  }

  @ParameterizedTest(name = "{1}")
  @CsvFileSource(
      resources = "row-changes.csv",
      delimiter = '|',
      numLinesToSkip = 1,
      maxCharsPerColumn = 1000)
  void statementsAskNoMoreThan(int prompts, String name, String statement) {
    assumeTrue(
        statement.startsWith("INSERT") || changesTakeCalls(),
        "Spark 4.0 takes no calls in changes of rows");
    List<String> expected = rowsAfter(GROUPS, Map.of(), withoutModel(statement));
    assertThat(asked()).isZero();

    for (String kind : TABLE_KINDS) {
      assertThat(rowsAfter(kind, Map.of(), statement)).as(kind).isEqualTo(expected);
      assertThat(asked()).as("prompts of %s%s", name, kind).isEqualTo(prompts);
    }
    assertThat(rowsAfter(GROUPS, PLAIN_EXECUTION, statement)).isEqualTo(expected);
    assertThat(asked()).as("prompts in plain execution").isEqualTo(prompts);
    assertThat(rowsAfter(GROUPS, NO_RULES, statement)).as("without rules").isEqualTo(expected);
  }

  @Test
  void aTableIsMadeOfAnswers() {
    FakeEngines.reset();
    session.sql(
        """
        CREATE TABLE changes.shop.answers PARTITIONED BY (dep) AS
        SELECT k, ai_gen(note) AS answer, concat('d', k % 2) AS dep FROM notes WHERE k < 20\
        """);

    assertThat(asked()).isEqualTo(10);
    assertThat(ShapeTables.rows(session.table("changes.shop.answers")))
        .hasSize(10)
        .contains("[11,C(note 11),d1]");
    session.sql("DROP TABLE changes.shop.answers");
  }

  /** Rows without a partner must be kept, so the answer cannot be a filter above the join. */
  @Test
  void aMergeOnACallOverBothTablesIsRefused() {
    assumeTrue(changesTakeCalls(), "Spark 4.0 refuses it with words of its own");
    String statement =
        "MERGE INTO orders o USING notes n ON ai_filter('same', concat(o.text, n.note))"
            + " WHEN NOT MATCHED THEN INSERT (pk, text, answer, dep) VALUES (n.k, n.note, '', 'd0')";

    for (String kind : TABLE_KINDS) {
      assertThatThrownBy(() -> rowsAfter(kind, Map.of(), statement))
          .as(kind)
          .isInstanceOf(AnalysisException.class)
          .hasMessageContaining("UNSUPPORTED_FEATURE")
          .hasMessageContaining("reads both sides of a LEFT")
          .hasMessageContaining("in a MERGE, ask in WHEN MATCHED AND");
      assertThat(asked()).isZero();
      assertThat(session.table("changes.shop.orders").count()).isEqualTo(20);
    }
  }

  private static String withoutModel(String statement) {
    return statement.replace("ai_gen(", "answer_to(");
  }

  private static List<String> rowsAfter(
      String kind, Map<String, String> settings, String statement) {
    session.sql("DROP TABLE IF EXISTS changes.shop.orders");
    session.sql(
        """
        CREATE TABLE changes.shop.orders (pk INT NOT NULL, text STRING, answer STRING, dep STRING)
        PARTITIONED BY (dep) TBLPROPERTIES ('made-by'='test'%s)\
        """
            .formatted(kind));
    session.sql(
        """
        INSERT INTO changes.shop.orders
        SELECT cast(id AS int), concat('text ', id), 'none', concat('d', id % 2) FROM range(20)\
        """);
    FakeEngines.reset();
    Settings.during(
        session,
        settings,
        () -> session.sql(statement.replaceAll("\\borders\\b", "changes.shop.orders")));
    return ShapeTables.rows(session.table("changes.shop.orders"));
  }

  private static int asked() {
    FakeEngine engine = FakeEngines.byModel("demo");
    return engine == null ? 0 : engine.asked.size();
  }
}
