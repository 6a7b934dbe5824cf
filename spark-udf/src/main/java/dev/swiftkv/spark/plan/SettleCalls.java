package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.SparkOptions;
import dev.swiftkv.spark.functions.CallSpec;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;

/**
 * Gives every call the session's settings. From then on it is nondeterministic to Spark, and a
 * later change of the session does not change it.
 */
final class SettleCalls extends Rule<LogicalPlan> {
  private final SparkSession session;

  SettleCalls(SparkSession session) {
    this.session = session;
  }

  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    return (LogicalPlan)
        plan.resolveOperatorsUp(
            Scala.everywhere(node -> node.resolved() && Trees.hasCall(node) ? settle(node) : node));
  }

  private LogicalPlan settle(LogicalPlan operator) {
    SparkOptions options = SessionOptions.of(session);
    return Trees.expressionsDown(operator, expression -> settle(expression, options));
  }

  private static Expression settle(Expression expression, SparkOptions options) {
    if (!(expression instanceof AiCall call) || call.spec().settled()) {
      return expression;
    }
    CallSpec spec = call.spec();
    SortedMap<String, String> parameters = new TreeMap<>(options.generation());
    parameters.putAll(spec.parameters());
    return call.withSpec(
        CallSpec.of(spec.function(), spec.form(), spec.failOnError(), spec.model(), parameters)
            .settledWith(options.engine(spec.model())));
  }
}
