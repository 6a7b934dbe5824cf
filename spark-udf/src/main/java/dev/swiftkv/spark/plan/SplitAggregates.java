package dev.swiftkv.spark.plan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;

/**
 * Calls in grouping keys and in arguments of aggregate functions go below the aggregate, onto rows;
 * calls over keys and aggregates go above it, onto groups.
 *
 * <pre>
 * SELECT k, max(ai_gen(a)), ai_gen(k) FROM t GROUP BY k
 *   becomes
 * Project [k, m, ai_gen(k)]
 * +- Aggregate [k], [k, max(c) AS m]
 *    +- Project [*, ai_gen(a) AS c]
 * </pre>
 */
final class SplitAggregates {
  private final Aggregate aggregate;
  private final Map<Expression, Alias> below = new LinkedHashMap<>();
  private final List<Expression> keys = new ArrayList<>();

  private SplitAggregates(Aggregate aggregate) {
    this.aggregate = aggregate;
  }

  /** The aggregate itself where it holds no calls. */
  static LogicalPlan split(Aggregate aggregate) {
    return new SplitAggregates(aggregate).split();
  }

  private LogicalPlan split() {
    for (Expression key : grouping(aggregate)) {
      collect(key);
    }
    keys.addAll(below.keySet());
    boolean above = false;
    for (NamedExpression column : columns(aggregate)) {
      collectArguments((Expression) column);
      above |= callsOverGroups((Expression) column);
    }
    Aggregate rows = below.isEmpty() ? aggregate : withCallsBelow();
    return above ? withCallsAbove(rows) : rows;
  }

  private static List<Expression> grouping(Aggregate aggregate) {
    return Scala.list(aggregate.groupingExpressions());
  }

  private static List<NamedExpression> columns(Aggregate aggregate) {
    return Scala.list(aggregate.aggregateExpressions());
  }

  // ---- what goes where ----

  private void collect(Expression expression) {
    if (expression instanceof AiCall call) {
      below.computeIfAbsent(call.canonicalized(), key -> Trees.alias(call, "_ai"));
      return;
    }
    Trees.children(expression).forEach(this::collect);
  }

  private void collectArguments(Expression expression) {
    if (expression instanceof AggregateExpression) {
      collect(expression);
      return;
    }
    Trees.children(expression).forEach(this::collectArguments);
  }

  private boolean callsOverGroups(Expression expression) {
    if (expression instanceof AggregateExpression) {
      return false;
    }
    if (expression instanceof AiCall call) {
      return !keys.contains(call.canonicalized());
    }
    return Trees.children(expression).stream().anyMatch(this::callsOverGroups);
  }

  // ---- below ----

  private Aggregate withCallsBelow() {
    LogicalPlan child = Trees.withColumns(aggregate.child(), List.copyOf(below.values()));
    List<Expression> newKeys = new ArrayList<>();
    for (Expression key : grouping(aggregate)) {
      newKeys.add(Trees.down(key, this::column));
    }
    List<NamedExpression> newColumns = new ArrayList<>();
    for (NamedExpression column : columns(aggregate)) {
      newColumns.add((NamedExpression) readColumns((Expression) column, /* inside */ false));
    }
    return Copies.aggregate(aggregate, newKeys, newColumns, child);
  }

  private Expression column(Expression expression) {
    Alias alias = expression instanceof AiCall call ? below.get(call.canonicalized()) : null;
    return alias == null ? expression : (Expression) alias.toAttribute();
  }

  /** Outside of aggregate functions only calls that are keys have a column below. */
  private Expression readColumns(Expression expression, boolean inside) {
    if (expression instanceof AiCall call && (inside || keys.contains(call.canonicalized()))) {
      return column(call);
    }
    boolean childrenInside = inside || expression instanceof AggregateExpression;
    List<Expression> children = new ArrayList<>();
    for (Expression child : Trees.children(expression)) {
      children.add(readColumns(child, childrenInside));
    }
    return withChildren(expression, children);
  }

  private static Expression withChildren(Expression expression, List<Expression> children) {
    return children.isEmpty() ? expression : expression.withNewChildren(Scala.seq(children));
  }

  // ---- above ----

  private static LogicalPlan withCallsAbove(Aggregate rows) {
    Map<Expression, NamedExpression> parts = new LinkedHashMap<>();
    List<NamedExpression> top = new ArrayList<>();
    for (NamedExpression column : columns(rows)) {
      Expression over = overParts((Expression) column, grouping(rows), parts);
      boolean keepsName =
          over instanceof NamedExpression
              && !(over instanceof AttributeReference && !(column instanceof Attribute));
      top.add(
          keepsName ? (NamedExpression) over : Trees.alias(over, column.name(), column.exprId()));
    }
    Aggregate groups =
        Copies.aggregate(rows, grouping(rows), List.copyOf(parts.values()), rows.child());
    return Trees.project(top, groups);
  }

  /** The expression with keys and aggregates replaced by columns of the aggregate. */
  private static Expression overParts(
      Expression expression, List<Expression> keys, Map<Expression, NamedExpression> parts) {
    boolean key = keys.stream().anyMatch(k -> k.semanticEquals(expression) && !k.foldable());
    if (key || expression instanceof AggregateExpression) {
      NamedExpression part =
          parts.computeIfAbsent(
              expression.canonicalized(),
              k ->
                  expression instanceof Attribute attribute
                      ? (NamedExpression) attribute
                      : Trees.alias(expression, "_agg"));
      return (Expression) part.toAttribute();
    }
    List<Expression> children = new ArrayList<>();
    for (Expression child : Trees.children(expression)) {
      children.add(overParts(child, keys, parts));
    }
    return withChildren(expression, children);
  }
}
