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
  void planShowsTheNode() {
    String plan =
        session
            .sql("SELECT ai_gen(concat('p', id)) FROM range(10)")
            .queryExecution()
            .executedPlan()
            .toString();

    assertThat(plan).contains("AiEval [ai_gen(concat(p");
  }
}
