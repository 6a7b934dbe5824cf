package dev.swiftkv.spark.plan;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.spark.SparkOptions;
import dev.swiftkv.spark.functions.AiFunction;
import dev.swiftkv.spark.functions.CallSpec;
import dev.swiftkv.spark.functions.FunctionList;
import dev.swiftkv.spark.plan.AiAggregate.GroupLimits;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Window;
import org.apache.spark.sql.catalyst.rules.Rule;

/**
 * Turns an aggregate function that asks the model into a call over what it gathers, and gives it
 * the session's settings. {@link SplitAggregates} then puts the call above the aggregate.
 *
 * <pre>
 * Aggregate [k], [ai_agg(x, i)]   becomes   Aggregate [k], [call(gather(x, i))]
 * Window [ai_agg(x, i) AS a]      becomes   Project [*, call(g) AS a]
 *                                           +- Window [gather(x, i) AS g]
 * </pre>
 */
final class SettleAggregates extends Rule<LogicalPlan> {
  private final SparkSession session;

  SettleAggregates(SparkSession session) {
    this.session = session;
  }

  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    return plan.resolveOperatorsUp(Scala.everywhere(this::operator));
  }

  private LogicalPlan operator(LogicalPlan operator) {
    boolean holdsOne =
        operator.resolved()
            && Trees.expressions(operator).stream().anyMatch(tree -> unsettledOrNull(tree) != null);
    if (!holdsOne) {
      return operator;
    }
    try {
      SparkOptions options = SessionOptions.of(session);
      if (operator instanceof Aggregate) {
        return Trees.expressionsDown(operator, expression -> called(expression, options));
      }
      return operator instanceof Window window ? callsAbove(window, options) : operator;
    } catch (EngineException e) {
      throw CallException.of(CallCondition.INVALID_SETTING, e.getMessage());
    }
  }

  /** The first one of a tree that has not been settled. */
  private static AiAggregate unsettledOrNull(Expression tree) {
    if (tree instanceof AiAggregate aggregate) {
      return aggregate.spec().settled() ? null : aggregate;
    }
    for (Expression child : Trees.children(tree)) {
      AiAggregate found = unsettledOrNull(child);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private static Expression called(Expression expression, SparkOptions options) {
    boolean function =
        expression instanceof AggregateExpression aggregation
            && (Expression) aggregation.aggregateFunction() instanceof AiAggregate aggregate
            && !aggregate.spec().settled();
    if (!function) {
      return expression;
    }
    CallSpec spec = settled(unsettledOrNull(expression), options);
    return new AiCall(spec, Scala.seq(List.of(gathering(expression, spec, options))));
  }

  private static CallSpec settled(AiAggregate aggregate, SparkOptions options) {
    AiFunction function = FunctionList.named(aggregate.spec().function());
    CallSpec settled = SettleCalls.settle(aggregate.spec(), function, options);
    return settled.about(
        GroupTemplates.of(
            function.name(),
            aggregate.instruction(),
            options.templates(),
            settled.engine().model()));
  }

  /** The tree with the function gathering for a settled call; FILTER and DISTINCT stay. */
  private static Expression gathering(Expression tree, CallSpec spec, SparkOptions options) {
    GroupLimits limits = new GroupLimits(options.aggregateBytes(), options.window());
    return Trees.up(
        tree,
        part ->
            part instanceof AiAggregate aggregate && !aggregate.spec().settled()
                ? aggregate.gathering(spec, limits)
                : part);
  }

  private static LogicalPlan callsAbove(Window window, SparkOptions options) {
    List<NamedExpression> inside = new ArrayList<>();
    List<NamedExpression> top = Trees.outputColumns(window.child());
    for (NamedExpression column : Scala.<NamedExpression>list(window.windowExpressions())) {
      AiAggregate aggregate = unsettledOrNull((Expression) column);
      if (aggregate == null) {
        inside.add(column);
        top.add((NamedExpression) column.toAttribute());
        continue;
      }
      CallSpec spec = settled(aggregate, options);
      Expression gathered = gathering(((Alias) column).child(), spec, options);
      Alias group = Trees.alias(gathered, "_agg");
      AiCall call = new AiCall(spec, Scala.seq(List.of((Expression) group.toAttribute())));
      inside.add(group);
      top.add(Trees.alias(call, column.name(), column.exprId()));
    }
    return Trees.project(top, Copies.window(window, inside));
  }
}
