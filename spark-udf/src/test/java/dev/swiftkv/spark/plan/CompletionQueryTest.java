package dev.swiftkv.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.spark.FakeEngines;
import dev.swiftkv.spark.Sessions;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CompletionQueryTest {
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
  void completesEveryRowInOrder() {
    List<Row> rows = rows("SELECT id, ai_gen(concat('p', id)) FROM range(0, 100, 1, 3)");

    assertThat(rows).hasSize(100);
    for (int i = 0; i < 100; i++) {
      assertThat(rows.get(i).getLong(0)).isEqualTo(i);
      assertThat(rows.get(i).getString(1)).isEqualTo("C(p" + i + ")");
    }
    assertThat(FakeEngines.byModel("demo").asked).hasSize(100);
    assertThat(FakeEngines.HELD).hasValue(0);
  }

  @Test
  void givesNullForANullPrompt() {
    assertThat(rows("SELECT ai_gen(x) FROM VALUES ('a'), (NULL) t(x)"))
        .extracting(row -> row.getString(0))
        .containsExactly("C(a)", null);
  }

  @Test
  void explainShowsCallsModelsAndGuards() {
    String plan =
        rows("EXPLAIN SELECT CASE WHEN id < 3 THEN ai_query('m', concat('p', id)) END"
                + " FROM range(10)")
            .get(0)
            .getString(0);

    assertThat(plan)
        .containsPattern(
            "AiEval \\[ai_query\\('p' \\|\\| cast\\(id#\\d+L as string\\)\\) of m"
                + " AS _ai_result#\\d+ WHERE \\(id#\\d+L < 3\\)]");
    assertThat(FakeEngines.byModel("m")).isNull();
  }
}
