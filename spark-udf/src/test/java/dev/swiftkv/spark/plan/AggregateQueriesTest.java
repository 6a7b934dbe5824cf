package dev.swiftkv.spark.plan;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.spark.AiFunctions;
import dev.swiftkv.spark.FakeEngines;
import dev.swiftkv.spark.Sessions;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ai_agg} and {@code ai_summarize_agg} in queries of every shape. */
@Timeout(120)
class AggregateQueriesTest {
  private static SparkSession session;

  @BeforeAll
  static void open() {
    session = Sessions.open();
    session.conf().set("spark.sql.planChangeValidation", "true");
  }

  @AfterAll
  static void close() {
    session.stop();
  }

  @BeforeEach
  void forget() {
    FakeEngines.reset();
    set("model", "demo");
    set("maxTokens", "8");
  }

  private static void set(String name, String value) {
    session.conf().set("spark.swiftkv." + name, value);
  }

  private static List<Row> rows(String sql) {
    return session.sql(sql).collectAsList();
  }

  private static Object value(String sql) {
    return rows(sql).get(0).get(0);
  }

  @Test
  void distinctAndFilterChooseTheTexts() {
    assertThat(
            rows("SELECT ai_agg(DISTINCT x, 'i'), ai_agg(x, 'i') FILTER (WHERE k > 1), count(*),"
                    + " count(DISTINCT k), max(x) FROM VALUES (1, 'a'), (2, 'b'), (3, 'a') t(k,"
                    + " x)")
                .get(0)
                .mkString("|")
                .replace("\n\n", " "))
        .isEqualTo("C(i Texts:\na b Answer:)|C(i Texts:\na b Answer:)|3|3|b");
    assertThat(rows("SELECT ai_agg(x, 'i') FROM VALUES ('a'), ('a') t(x)").get(0).getString(0))
        .contains("a\n\na");
  }

  @Test
  void havingReadsTheAnswerAndKeysStayCheap() {
    List<Row> rows =
        rows(
            "SELECT k, upper(ai_agg(x, 'i')) u FROM VALUES (1, 'a'), (2, 'b'), (3, 'b') t(k, x)"
                + " WHERE k < 3 GROUP BY k HAVING ai_agg(x, 'i') LIKE '%b%'");

    assertThat(rows)
        .extracting(row -> row.mkString(";"))
        .containsExactly("2;C(I\n\nTEXTS:\nB\n\nANSWER:)");
    assertThat(FakeEngines.byModel("demo").asked).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT ai_agg(x, 'i') FROM t GROUP BY k HAVING count(*) > 2",
        "SELECT CASE WHEN count(*) > 2 THEN ai_agg(x, 'i') END FROM t GROUP BY k",
        "SELECT ai_agg(x, 'i') FROM t GROUP BY k ORDER BY k DESC LIMIT 1",
        "SELECT * FROM (SELECT k, ai_agg(x, 'i') FROM t GROUP BY k) WHERE k = 2",
        "SELECT k, count(a) FROM (SELECT k, ai_agg(x, 'i') a, ai_agg(x, 'j') b FROM t GROUP BY k"
            + " HAVING k > 1) GROUP BY k",
        "SELECT a.k FROM (SELECT k, ai_agg(x, 'i') v FROM t GROUP BY k) a JOIN (SELECT 2 k) b ON a.k ="
            + " b.k WHERE v IS NOT NULL",
      })
  void groupsThatAreNotWantedAreNotAskedAbout(String sql) {
    session
        .sql("SELECT * FROM VALUES (1, 'a'), (2, 'b'), (2, 'c'), (2, 'd') t(k, x)")
        .createOrReplaceTempView("t");

    rows(sql);

    assertThat(FakeEngines.byModel("demo").asked).hasSize(1);
  }

  @Test
  void rollupAnswersEveryLevel() {
    List<Row> rows =
        rows(
            "SELECT k, ai_agg(x, 'i') a FROM VALUES (1, 'a'), (2, 'b') t(k, x) GROUP BY ROLLUP (k)"
                + " ORDER BY k NULLS LAST");

    assertThat(rows)
        .extracting(row -> row.getString(1).replace("\n\n", " "))
        .containsExactly(
            "C(i Texts:\na Answer:)", "C(i Texts:\nb Answer:)", "C(i Texts:\na b Answer:)");
  }

  @Test
  void aWindowGivesEveryRowTheAnswerOfItsPartition() {
    List<Row> rows =
        rows(
            "SELECT x, ai_agg(x, 'i') OVER (PARTITION BY k) a, count(*) OVER (PARTITION BY k) n FROM"
                + " VALUES (1, 'a'), (1, 'b'), (2, 'c') t(k, x) ORDER BY x");

    assertThat(rows)
        .extracting(row -> row.mkString(";").replace("\n\n", " "))
        .containsExactly(
            "a;C(i Texts:\na b Answer:);2",
            "b;C(i Texts:\na b Answer:);2",
            "c;C(i Texts:\nc Answer:);1");
    assertThat(FakeEngines.byModel("demo").asked).hasSize(2);
  }

  @Test
  void manyGroupsFallBackToSortingAndKeepTheirAnswers() {
    List<Row> rows =
        rows(
            "SELECT id % 700 k, ai_agg(concat('t', id), 'i') a FROM range(0, 2100, 1, 3) GROUP BY k");

    assertThat(rows).hasSize(700);
    for (Row row : rows) {
      assertThat(row.getString(1))
          .contains("t" + row.getLong(0) + "\n")
          .contains("t" + (1400 + row.getLong(0)));
    }
    assertThat(FakeEngines.byModel("demo").asked).hasSize(700);
  }

  @Test
  void callsInsideAndOutsideStandWhereTheyBelong() {
    assertThat(value("SELECT ai_gen(ai_agg(ai_gen(x), 'i')) FROM VALUES ('a'), ('b') t(x)"))
        .isEqualTo("C(C(i\n\nTexts:\nC(a)\n\nC(b)\n\nAnswer:))");
    assertThat(
            value(
                "SELECT (SELECT ai_agg(y, 'i') FROM VALUES (1, 'a'), (2, 'b') s(k, y) WHERE s.k ="
                    + " t.k) FROM VALUES (2) t(k)"))
        .isEqualTo("C(i\n\nTexts:\nb\n\nAnswer:)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "false"})
  void plansAreTheSameWithAndWithoutTheRulesThatSavePrompts(String optimize) {
    set("model", "context-60");
    set("optimize", optimize);
    try {
      assertThat(value("SELECT ai_agg(%s, 'i') FROM range(300)".formatted(AggregateTest.TEXT)))
          .isEqualTo(value("SELECT ai_agg(%s, 'i') FROM range(300)".formatted(AggregateTest.TEXT)))
          .isNotNull();
      assertThat(rows("EXPLAIN SELECT ai_agg(x, 'i') FROM VALUES ('a') t(x)").get(0).getString(0))
          .contains("gather_texts(x")
          .contains("one prompt for each group");
    } finally {
      session.conf().unset("spark.swiftkv.optimize");
    }
  }

  @Test
  void dataFramesCallTheSameFunctions() {
    Row row =
        session
            .sql("SELECT * FROM VALUES ('a'), ('b') t(x)")
            .agg(
                AiFunctions.aiAgg(col("x"), "i"),
                AiFunctions.aiSummarizeAgg(col("x")),
                AiFunctions.aiSummarizeAgg(col("x"), "j"))
            .first();

    assertThat(row.getString(0)).startsWith("C(i\n");
    assertThat(row.getString(1)).startsWith("C(Summarize the texts. Write");
    assertThat(row.getString(2)).startsWith("C(j Write");
  }
}
