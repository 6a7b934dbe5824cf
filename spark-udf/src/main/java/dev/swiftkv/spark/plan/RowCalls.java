package dev.swiftkv.spark.plan;

import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;

/**
 * Calls over a variable of a lambda, {@code transform(texts, t -> ai_gen(t))}, which no column can
 * hold: they are evaluated where they stand, one prompt at a time.
 */
final class RowCalls {
  private RowCalls() {}

  static LogicalPlan replace(LogicalPlan operator) {
    if (operator instanceof AiEval || !Trees.hasCall(operator)) {
      return operator;
    }
    return Trees.expressionsDown(
        operator,
        expression ->
            expression instanceof AiCall call && Trees.readsLambda(call)
                ? call.readFrom(new RowCall(call.asRecord().spec(), call.children()))
                : expression);
  }
}
