package dev.swiftkv.spark.plan;

import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.Join;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.MergeRows;
import org.apache.spark.sql.catalyst.plans.logical.RowLevelWrite;
import org.apache.spark.sql.catalyst.rules.Rule;

/** Moves settled calls out of the places where Spark's checks forbid nondeterminism. */
final class MoveCalls extends Rule<LogicalPlan> {
  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    return plan.resolveOperatorsUp(Scala.everywhere(MoveCalls::operator));
  }

  private static LogicalPlan operator(LogicalPlan operator) {
    if (!operator.resolved()) {
      return operator;
    }
    if (operator instanceof Join join) {
      return MoveJoinCalls.move(join);
    }
    if (operator instanceof MergeRows merge) {
      return MoveMergeCalls.move(merge);
    }
    if (operator instanceof RowLevelWrite write) {
      return RowLevelConditions.askingNothing(write);
    }
    if (operator instanceof Aggregate aggregate && Trees.hasCall(aggregate)) {
      return SplitAggregates.split(aggregate);
    }
    return operator;
  }
}
