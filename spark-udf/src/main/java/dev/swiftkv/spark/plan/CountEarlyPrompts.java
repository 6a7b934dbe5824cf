package dev.swiftkv.spark.plan;

import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;

/**
 * Lets an {@link AiAggregate} count the prompts that it asks while it gathers texts where the call
 * about its groups counts: Spark's aggregate operators have no metrics for them. Runs once, when
 * calls do not move any more.
 */
final class CountEarlyPrompts extends Rule<LogicalPlan> {
  private final SparkSession session;

  CountEarlyPrompts(SparkSession session) {
    this.session = session;
  }

  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    return Trees.mentionsAi(plan) ? Trees.up(plan, this::counting) : plan;
  }

  private LogicalPlan counting(LogicalPlan operator) {
    boolean hasGroups =
        operator instanceof AiEval eval
            && eval.columns().stream()
                .anyMatch(column -> column.call().spec().groupOrNull() != null);
    if (!hasGroups) {
      return operator;
    }
    AiEval eval = (AiEval) operator;
    AiMetrics metrics =
        eval.metricsOrNull() == null ? new AiMetrics(session.sparkContext()) : eval.metricsOrNull();
    LogicalPlan child =
        Trees.up(
            eval.child(),
            input -> Trees.expressionsUp(input, expression -> counting(expression, metrics)));
    return eval.countingIn(metrics, child);
  }

  private static Expression counting(Expression expression, AiMetrics metrics) {
    return expression instanceof AiAggregate aggregate && !aggregate.isCounted()
        ? aggregate.countingIn(metrics)
        : expression;
  }
}
