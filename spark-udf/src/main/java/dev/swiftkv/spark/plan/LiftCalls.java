package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.plan.AiEval.Column;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;

/**
 * Lifts the calls of one operator into {@link AiEval} nodes below it, innermost calls first, each
 * with the guard that says for which rows the query would have evaluated it. Equal calls become
 * one.
 */
final class LiftCalls {
  /** No alias of a user looks like this, so no rule takes the column for one. */
  static final String RESULT_NAME = "_ai_result";

  private final boolean guarded;

  LiftCalls(boolean guarded) {
    this.guarded = guarded;
  }

  LogicalPlan apply(LogicalPlan operator) {
    boolean nothingToDo =
        operator instanceof AiEval
            || !operator.resolved()
            || operator.children().isEmpty()
            || !Trees.hasCall(operator);
    if (nothingToDo) {
      return operator;
    }

    LogicalPlan current = operator;
    while (Trees.hasCall(current)) {
      LogicalPlan lifted = liftInnermost(current);
      if (lifted == current) {
        break; // a call over two inputs, or over a variable of a lambda
      }
      current = lifted;
    }
    return Trees.sameOutput(current, operator)
        ? current
        : Trees.project(Trees.outputColumns(operator), current);
  }

  private LogicalPlan liftInnermost(LogicalPlan operator) {
    List<Guards.Guarded> ready = Guards.innermost(Trees.expressions(operator), guarded);
    Map<Expression, Attribute> lifted = new HashMap<>();
    List<LogicalPlan> inputs = Trees.inputs(operator);
    boolean changed = false;
    for (int i = 0; i < inputs.size(); i++) {
      List<Column> columns = columnsOver(inputs.get(i), ready, lifted);
      if (!columns.isEmpty()) {
        inputs.set(i, AiEval.of(columns, inputs.get(i)));
        changed = true;
      }
    }
    return changed ? readColumns(Trees.withInputs(operator, inputs), lifted) : operator;
  }

  private static List<Column> columnsOver(
      LogicalPlan input, List<Guards.Guarded> ready, Map<Expression, Attribute> lifted) {
    List<Column> columns = new ArrayList<>();
    for (Guards.Guarded candidate : ready) {
      AiCall call = candidate.call();
      boolean liftable = Trees.covered(call, input) && !Trees.readsLambda(call);
      if (!liftable || lifted.containsKey(call.canonicalized())) {
        continue;
      }
      Attribute result = (Attribute) Trees.attribute(RESULT_NAME, call.dataType());
      columns.add(new Column(call, Guards.over(input, candidate.guard()), result));
      lifted.put(call.canonicalized(), result);
    }
    return columns;
  }

  private static LogicalPlan readColumns(LogicalPlan operator, Map<Expression, Attribute> lifted) {
    return Trees.expressionsDown(
        operator,
        expression -> {
          if (!(expression instanceof AiCall call)) {
            return expression;
          }
          Attribute result = lifted.get(call.asRecord().canonicalized());
          return result == null ? call : call.readFrom((Expression) result);
        });
  }
}
