package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.SparkOptions;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;

/** Lifts calls out of expressions. Runs inside Spark's own fixed-point batches. */
final class OptimizeCalls extends Rule<LogicalPlan> {
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
    LiftCalls lift = new LiftCalls(options.optimize());
    return Trees.up(plan, lift::apply);
  }
}
