package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.plan.AiEval.Column;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.First;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;

/**
 * {@code dropDuplicates("k")} keeps one row per key: Spark writes it as {@code first} of every
 * other column, grouped by the key. The first answer of a group is the answer to the first prompt,
 * because all {@code first} of a group that respect nulls take the same row, which {@code
 * dropDuplicates} itself relies on. So the columns that the prompt reads are kept and the call is
 * asked on groups.
 */
final class RaiseAboveFirst {
  private final Aggregate aggregate;
  private final PostponedCalls calls;
  private final Map<ExprId, Attribute> firsts = new LinkedHashMap<>();
  private final List<NamedExpression> kept = new ArrayList<>();
  private final List<NamedExpression> top = new ArrayList<>();

  private RaiseAboveFirst(Aggregate aggregate, PostponedCalls calls) {
    this.aggregate = aggregate;
    this.calls = calls;
  }

  /** The aggregate itself where something else than {@code first} reads an answer. */
  static LogicalPlan raise(Aggregate aggregate) {
    // Without keys there is a row for no rows, whose prompt would be asked.
    if (aggregate.groupingExpressions().isEmpty()) {
      return aggregate;
    }
    PostponedCalls calls = PostponedCalls.of(aggregate.child());
    return calls == null || !calls.keepsRows() || !calls.isReadBy(aggregate.references())
        ? aggregate
        : new RaiseAboveFirst(aggregate, calls).raise();
  }

  private LogicalPlan raise() {
    for (Expression key : Scala.<Expression>list(aggregate.groupingExpressions())) {
      if (calls.isReadBy(key.references())) {
        return aggregate;
      }
    }
    for (NamedExpression column : Scala.<NamedExpression>list(aggregate.aggregateExpressions())) {
      if (!calls.isReadBy(((Expression) column).references())) {
        kept.add(column);
        top.add((NamedExpression) column.toAttribute());
        continue;
      }
      Attribute answer = firstOrNull(column);
      if (answer == null) {
        return aggregate;
      }
      Expression late = (Expression) calls.late().get(answer.exprId());
      Expression meaning = late instanceof Alias alias ? alias.child() : late;
      top.add(Trees.alias(overFirsts(meaning), column.name(), column.exprId()));
    }
    List<Column> columns = calls.columns().stream().map(this::overFirsts).toList();
    Aggregate groups =
        Copies.aggregate(
            aggregate, Scala.list(aggregate.groupingExpressions()), kept, calls.below());
    return Trees.project(top, AiEval.of(columns, groups));
  }

  /** The column that is kept of the first row; null for any other expression. */
  private static Attribute firstOrNull(NamedExpression column) {
    boolean plain =
        column instanceof Alias alias
            && alias.child() instanceof AggregateExpression call
            && call.aggregateFunction() instanceof First first
            && !first.ignoreNulls()
            && !call.isDistinct()
            && call.filter().isEmpty()
            && first.child() instanceof Attribute;
    return plain
        ? (Attribute)
            ((First) ((AggregateExpression) ((Alias) column).child()).aggregateFunction()).child()
        : null;
  }

  private Column overFirsts(Column column) {
    return new Column(
        (AiCall) overFirsts(column.call()), overFirsts(column.guard()), column.result());
  }

  private Expression overFirsts(Expression expression) {
    return PostponedCalls.mapAttributes(
        expression,
        read ->
            calls.below().outputSet().contains((NamedExpression) read)
                ? (Expression) firsts.computeIfAbsent(read.exprId(), id -> keep(read))
                : (Expression) read);
  }

  private Attribute keep(Attribute read) {
    Alias first =
        Trees.alias(
            new First((Expression) read, /* ignoreNulls */ false).toAggregateExpression(),
            "_ai_first");
    kept.add(first);
    return first.toAttribute();
  }
}
