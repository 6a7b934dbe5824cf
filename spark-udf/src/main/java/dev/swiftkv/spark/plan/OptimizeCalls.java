package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.SparkOptions;
import java.util.List;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;

/**
 * Lifts calls out of expressions and keeps the nodes they become cheap. Runs inside Spark's own
 * fixed-point batches, so every step must answer its own result unchanged.
 */
final class OptimizeCalls extends Rule<LogicalPlan> {
  /** The steps that save prompts, in their order. To add one, add it here. */
  private static final List<UnaryOperator<LogicalPlan>> SAVING =
      List.of(
          ReuseResults::apply,
          RaiseCalls::apply,
          FiltersBelow::apply,
          LimitsBelow::apply,
          DropUnused::apply);

  private final SparkSession session;

  OptimizeCalls(SparkSession session) {
    this.session = session;
  }

  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    if (!Trees.mentionsAi(plan)) {
      return plan;
    }

    SparkOptions options = SessionOptions.of(session);
    LogicalPlan optimized = LiftCalls.apply(plan, options.optimize());
    if (options.optimize()) {
      for (UnaryOperator<LogicalPlan> step : SAVING) {
        optimized = step.apply(optimized);
      }
    }
    return optimized;
  }
}
