package dev.swiftkv.spark.plan;

import static dev.swiftkv.spark.plan.Waits.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.spark.FakeEngine;
import dev.swiftkv.spark.FakeEngines;
import dev.swiftkv.spark.Sessions;
import dev.swiftkv.spark.WindowSettings;
import java.util.concurrent.CompletableFuture;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.util.ArrowUtils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FailureTest {
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

  @AfterEach
  void everythingIsGivenBack() {
    until(() -> FakeEngines.HELD.get() == 0);
    until(() -> ArrowUtils.rootAllocator().getAllocatedMemory() == 0);
  }

  @Test
  void aFailedRowIsNullAndTheOthersAreAnswered() {
    assertThat(
            session.sql("SELECT ai_gen(x) FROM VALUES ('a'), ('fail'), ('b') t(x)").collectAsList())
        .extracting(row -> row.getString(0))
        .containsExactly("C(a)", null, "C(b)");
  }

  @Test
  void aFailedRowFailsTheQueryOnRequest() {
    assertThatThrownBy(
            () ->
                session
                    .sql(
                        "SELECT ai_query('demo', x, failOnError => true)"
                            + " FROM VALUES ('a'), ('fail: this one') t(x)")
                    .collectAsList())
        .hasStackTraceContaining(
            "ai_query failed for the prompt that begins \"fail: this one\": INVALID_PROMPT: It says"
                + " fail. Leave failOnError out to get NULL");
  }

  @Test
  void anEngineThatFailsFailsTheQuery() {
    assertThatThrownBy(
            () -> session.sql("SELECT ai_gen(x) FROM VALUES ('a'), ('crash') t(x)").collectAsList())
        .hasStackTraceContaining("The fake device failed");
  }

  @Test
  void aModelThatIsNotThereFailsTheQuery() {
    assertThatThrownBy(() -> session.sql("SELECT ai_query('absent', 'a')").collectAsList())
        .hasStackTraceContaining("No model at absent");
  }

  @Test
  void cancellingAQueryCancelsWhatIsOpen() {
    CompletableFuture<Void> query =
        CompletableFuture.runAsync(
            () -> {
              session.sparkContext().setJobGroup("hanging", "to be cancelled", true);
              session.sql("SELECT ai_gen(concat('hang ', id)) FROM range(0, 40, 1, 2)").collect();
            });
    until(() -> asked("demo") == 2 * WindowSettings.FIRST_PROMPTS);

    session.sparkContext().cancelJobGroup("hanging");

    assertThatThrownBy(query::join).hasStackTraceContaining("cancel");
    until(() -> FakeEngines.byModel("demo").cancelled.get() == 2 * WindowSettings.FIRST_PROMPTS);
  }

  @Test
  void aReaderThatStopsEarlyLeavesNothingOpen() {
    // The filter on the answer keeps the limit above the node.
    Row first =
        session
            .sql(
                "SELECT c FROM (SELECT ai_query('delay-1', concat('p', id)) c FROM range(0, 1000,"
                    + " 1, 1)) WHERE c LIKE 'C(p%' LIMIT 1")
            .first();

    assertThat(first.getString(0)).isEqualTo("C(p0)");
    assertThat(asked("delay-1")).isLessThan(100);
  }

  @Test
  void killingAQueryLeavesTheAnswersToAnotherThatSharesThem() {
    // Nothing is answered before 32 prompts have come; the other query's sixteenth is its own.
    String sql = "SELECT ai_query('together-32', concat('p', id)) FROM range(%d, %d, 1, 1)";
    CompletableFuture<Void> killed =
        CompletableFuture.runAsync(
            () -> {
              session.sparkContext().setJobGroup("sharing", "to be cancelled", true);
              session.sql(sql.formatted(0, 15)).collect();
            });
    until(() -> asked("together-32") == 15);
    CompletableFuture<Integer> other =
        CompletableFuture.supplyAsync(
            () -> session.sql(sql.formatted(0, 16)).collectAsList().size());
    until(() -> asked("together-32") == 16);

    session.sparkContext().cancelJobGroup("sharing");
    assertThatThrownBy(killed::join).hasStackTraceContaining("cancel");
    assertThat(session.sql(sql.formatted(16, 32)).collectAsList()).hasSize(16);

    assertThat(other.join()).isEqualTo(16);
    assertThat(FakeEngines.byModel("together-32").cancelled.get()).isZero();
  }

  private static int asked(String model) {
    FakeEngine engine = FakeEngines.byModel(model);
    return engine == null ? 0 : engine.asked.size();
  }
}
