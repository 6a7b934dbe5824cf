package dev.swiftkv.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.engine.tokenizer.TokenCounters;
import dev.swiftkv.spark.FakeEngines;
import dev.swiftkv.spark.Sessions;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code ai_score} and {@code ai_count_tokens} in queries. */
class ScoreAndCountTest {
  private static final Path MODEL = Sessions.demonstrationModel();

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

  private static List<Row> rows(String sql) {
    return session.sql(sql).collectAsList();
  }

  @Test
  void scoresEachRowsContinuation() {
    List<Row> rows =
        rows(
            "SELECT ai_score(p, c) FROM VALUES ('ab', 'c'), ('1:\u00e9', 'xyz'), (NULL, 'c'),"
                + " ('a', NULL), ('fail', 'c') t(p, c)");

    assertThat(rows)
        .extracting(row -> row.get(0))
        .containsExactly(-2.125, -3.375, null, null, null);
  }

  @Test
  void aScoreIsNotTheCompletionOfTheSameText() {
    List<Row> rows =
        rows("SELECT ai_gen('2:abc'), ai_score('ab', 'c'), ai_gen(concat('2:ab', 'c'))");

    assertThat(rows.get(0).get(0)).isEqualTo("C(2:abc)");
    assertThat(rows.get(0).get(1)).isEqualTo(-2.125);
    assertThat(rows.get(0).get(2)).isEqualTo("C(2:abc)");
  }

  @Test
  void equalScoresAreAskedOnceAndOthersAgain() {
    rows(
        "SELECT ai_score('p', c), ai_score('p', c) FROM VALUES ('x'), ('x'), ('y') t(c)"
            + " WHERE ai_score('p', c) < 0");

    assertThat(FakeEngines.byModel("demo").sortedPrompts()).containsExactly("p", "p", "x", "y");
  }

  @Test
  void namesTheModel() {
    assertThat(rows("SELECT ai_score('p', 'c', model => 'other')").get(0).get(0)).isEqualTo(-1.125);
    assertThat(FakeEngines.byModel("other").asked).containsExactly("p", "c");
  }

  @Test
  void countsTokensWithoutAskingTheModel() {
    String text = "My smart lock leaks water, order 74291.";
    int expected = TokenCounters.shared().count(MODEL, text);
    List<Row> rows =
        rows(
            "SELECT ai_count_tokens(x, model => '%s') FROM VALUES ('%s'), (NULL), ('') t(x)"
                .formatted(MODEL, text));

    assertThat(expected).isGreaterThan(5);
    assertThat(rows.get(0).get(0)).isEqualTo(expected);
    assertThat(rows.get(1).get(0)).isNull();
    assertThat(rows.get(2).getInt(0)).isLessThan(2);
    assertThat(FakeEngines.all()).isEmpty();
  }

  @Test
  void countsForTheSessionsModelAlsoInsideAView() {
    session.conf().set("spark.swiftkv.model", MODEL.toString());
    try {
      session.sql("CREATE OR REPLACE TEMPORARY VIEW counts AS SELECT ai_count_tokens('lock') n");
      assertThat(session.table("counts").first().get(0))
          .isEqualTo(TokenCounters.shared().count(MODEL, "lock"));
    } finally {
      session.conf().unset("spark.swiftkv.model");
    }
  }

  @Test
  void aFilterOnTheCountRunsBeforeTheModel() {
    rows(
        "SELECT a FROM (SELECT p, ai_gen(p) a FROM VALUES ('short'), ('%s') t(p))"
                .formatted("a much longer prompt ".repeat(20))
            + " WHERE ai_count_tokens(p, '%s') < 20".formatted(MODEL));

    assertThat(FakeEngines.byModel("demo").asked).containsExactly("short");
  }
}
