package dev.swiftkv.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.spark.Sessions;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.execution.QueryExecution;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

/** A rule that has run has nothing left to do: Spark's batches end, and cached plans are found. */
class RuleStabilityTest {
  @TempDir static Path folder;
  private static SparkSession session;

  @BeforeAll
  static void open() {
    session = Sessions.open();
    ShapeTables.create(session, folder);
  }

  @AfterAll
  static void close() {
    session.stop();
  }

  @ParameterizedTest(name = "{2}")
  @CsvFileSource(
      resources = "call-counts.csv",
      delimiter = '|',
      numLinesToSkip = 1,
      maxCharsPerColumn = 1000)
  void rulesLeaveTheirOwnResultAlone(int prompts, int rows, String name, String sql) {
    QueryExecution query = session.sql(sql).queryExecution();

    for (Rule<LogicalPlan> rule :
        List.of(
            new SettleTokenCounts(session),
            new SettleAggregates(session),
            new SettleCalls(session),
            new MoveCalls(),
            new ShareSubplans(session))) {
      assertUnchanged(rule, query.analyzed());
    }
    for (Rule<LogicalPlan> rule :
        List.of(new OptimizeCalls(session), new SpreadRows(session), new EvaluateOnce(session))) {
      assertUnchanged(rule, query.optimizedPlan());
    }
  }

  private static void assertUnchanged(Rule<LogicalPlan> rule, LogicalPlan plan) {
    assertThat(rule.apply(plan)).as(rule.ruleName()).isEqualTo(plan);
  }

  @ParameterizedTest(name = "{2}")
  @CsvFileSource(
      resources = "call-counts.csv",
      delimiter = '|',
      numLinesToSkip = 1,
      maxCharsPerColumn = 1000)
  void optimizingAPlanAgainKeepsIt(int prompts, int rows, String name, String sql) {
    QueryExecution query = session.sql(sql).queryExecution();
    LogicalPlan once = query.optimizedPlan();

    assertThat(session.sql(sql).queryExecution().optimizedPlan().canonicalized())
        .isEqualTo(once.canonicalized());
  }
}
