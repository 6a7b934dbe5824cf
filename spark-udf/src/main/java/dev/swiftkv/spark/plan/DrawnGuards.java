package dev.swiftkv.spark.plan;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.CaseWhen;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.If;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import scala.Tuple2;

/**
 * A guard such as {@code rand() < 0.1} must be drawn once: it becomes a column that both the guard
 * and the expression read.
 */
final class DrawnGuards {
  private DrawnGuards() {}

  static LogicalPlan asColumns(LogicalPlan operator) {
    if (operator.children().size() != 1) {
      return operator;
    }

    Map<Expression, Alias> columns = new LinkedHashMap<>();
    for (Expression expression : Trees.expressions(operator)) {
      collect(expression, columns);
    }
    if (columns.isEmpty()) {
      return operator;
    }

    LogicalPlan input = Trees.withColumns(Trees.onlyInput(operator), List.copyOf(columns.values()));
    return Trees.expressionsDown(
        Trees.withInput(operator, input),
        expression ->
            columns.containsKey(expression)
                ? (Expression) columns.get(expression).toAttribute()
                : expression);
  }

  private static void collect(Expression expression, Map<Expression, Alias> columns) {
    if (!Trees.hasCall(expression)) {
      return;
    }
    if (expression instanceof CaseWhen branches) {
      for (Tuple2<Expression, Expression> branch :
          Scala.<Tuple2<Expression, Expression>>list(branches.branches())) {
        note(branch._1(), columns);
      }
    } else if (expression instanceof If branches) {
      note(branches.predicate(), columns);
    }
    for (Expression child : Trees.children(expression)) {
      collect(child, columns);
    }
  }

  private static void note(Expression guard, Map<Expression, Alias> columns) {
    if (!guard.deterministic() && !Trees.hasCall(guard)) {
      columns.computeIfAbsent(guard, key -> Trees.alias(key, "_ai_guard"));
    }
  }
}
