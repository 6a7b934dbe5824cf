package dev.swiftkv.spark.plan;

import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.EqualNullSafe;
import org.apache.spark.sql.catalyst.expressions.EqualTo;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.GlobalLimit;
import org.apache.spark.sql.catalyst.plans.logical.Join;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Repartition;
import org.apache.spark.sql.catalyst.plans.logical.RepartitionByExpression;
import org.apache.spark.sql.catalyst.plans.logical.Sort;
import org.apache.spark.sql.catalyst.rules.Rule;
import scala.Option;

/**
 * Some operators compute their input more than once: a global sort samples it for the bounds of its
 * ranges, a join without keys walks one side for every partition of the other. A shuffle in between
 * keeps the answers. Runs after all moves are done, because they stop at a shuffle.
 */
final class EvaluateOnce extends Rule<LogicalPlan> {
  private final SparkSession session;

  EvaluateOnce(SparkSession session) {
    this.session = session;
  }

  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    if (!Trees.mentionsAi(plan) || !SessionOptions.of(session).optimize()) {
      return plan;
    }
    return Trees.up(plan, EvaluateOnce::operator);
  }

  private static LogicalPlan operator(LogicalPlan operator) {
    if (operator instanceof Sort sort && sort.global()) {
      return Trees.withInput(sort, shuffledIfOpen(sort.child()));
    }
    if (operator instanceof RepartitionByExpression repartition && isByRange(repartition)) {
      return Trees.withInput(repartition, shuffledIfOpen(repartition.child()));
    }
    if (operator instanceof Join join && !hasKeys(join)) {
      return Trees.withInputs(
          join, List.of(shuffledIfOpen(join.left()), shuffledIfOpen(join.right())));
    }
    return operator;
  }

  private static boolean isByRange(RepartitionByExpression repartition) {
    return Scala.<Expression>list(repartition.partitionExpressions()).stream()
        .anyMatch(SortOrder.class::isInstance);
  }

  private static boolean hasKeys(Join join) {
    return join.condition().isDefined()
        && (Trees.contains(join.condition().get(), EqualTo.class)
            || Trees.contains(join.condition().get(), EqualNullSafe.class));
  }

  private static LogicalPlan shuffledIfOpen(LogicalPlan input) {
    return isOpen(input)
        ? new RepartitionByExpression(Scala.nil(), input, Option.empty(), Option.empty())
        : input;
  }

  /** Whether calls can be reached without crossing an operator that surely shuffles. */
  private static boolean isOpen(LogicalPlan plan) {
    if (plan instanceof AiEval) {
      return true;
    }
    boolean shuffles =
        plan instanceof RepartitionByExpression
            || plan instanceof Repartition
            || plan instanceof Aggregate
            || plan instanceof GlobalLimit;
    return !shuffles && Trees.inputs(plan).stream().anyMatch(EvaluateOnce::isOpen);
  }
}
