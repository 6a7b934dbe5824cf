package dev.swiftkv.spark.plan;

import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;

/** Gives {@link CountTokens} that name no model the session's. */
final class SettleTokenCounts extends Rule<LogicalPlan> {
  private final SparkSession session;

  SettleTokenCounts(SparkSession session) {
    this.session = session;
  }

  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    return plan.resolveOperatorsUp(
        Scala.everywhere(node -> Trees.expressionsDown(node, this::settle)));
  }

  private Expression settle(Expression expression) {
    return expression instanceof CountTokens count && count.model().isEmpty()
        ? new CountTokens(SessionOptions.of(session).engine("").model(), count.children())
        : expression;
  }
}
