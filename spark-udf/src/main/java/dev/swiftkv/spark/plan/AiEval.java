package dev.swiftkv.spark.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionSet;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.SupportsNonDeterministicExpression;
import org.apache.spark.sql.catalyst.plans.logical.UnaryNode;
import scala.Option;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/**
 * Runs AI calls on every row of its child, in batches: one row in, one row out, the child's columns
 * and then one column per call.
 *
 * <p>{@code guards(i)} says for which rows {@code calls(i)} is wanted; the result of the others is
 * null.
 */
public final class AiEval extends LogicalPlan
    implements UnaryNode, SupportsNonDeterministicExpression {
  private static final long serialVersionUID = 1L;

  private final Seq<AiCall> calls;
  private final Seq<Expression> guards;
  private final Seq<Attribute> results;
  private final AiMetrics metricsOrNull;
  private final LogicalPlan child;

  /**
   * Parameters in the order of {@link #productElement}: Catalyst copies trees through this.
   *
   * @param metricsOrNull metrics that others count in too; null where the node will have its own
   */
  public AiEval(
      Seq<AiCall> calls,
      Seq<Expression> guards,
      Seq<Attribute> results,
      AiMetrics metricsOrNull,
      LogicalPlan child) {
    this.calls = calls;
    this.guards = guards;
    this.results = results;
    this.metricsOrNull = metricsOrNull;
    this.child = child;
  }

  /** A call, when it is wanted, and the column it becomes. */
  record Column(AiCall call, Expression guard, Attribute result) {}

  static AiEval of(List<Column> columns, LogicalPlan child) {
    List<AiCall> calls = new ArrayList<>();
    List<Expression> guards = new ArrayList<>();
    List<Attribute> results = new ArrayList<>();
    for (Column column : columns) {
      calls.add(column.call());
      guards.add(column.guard());
      results.add(column.result());
    }
    return new AiEval(
        Scala.seq(calls), Scala.seq(guards), Scala.seq(results), /* metricsOrNull */ null, child);
  }

  List<Column> columns() {
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < calls.size(); i++) {
      columns.add(new Column(calls.apply(i), guards.apply(i), results.apply(i)));
    }
    return columns;
  }

  Seq<AiCall> calls() {
    return calls;
  }

  Seq<Expression> guards() {
    return guards;
  }

  Seq<Attribute> results() {
    return results;
  }

  AiMetrics metricsOrNull() {
    return metricsOrNull;
  }

  /** This node counting in metrics that others count in too. */
  AiEval countingIn(AiMetrics metrics, LogicalPlan newChild) {
    return new AiEval(calls, guards, results, metrics, newChild);
  }

  /** As EXPLAIN shows it: {@code [ai_gen(text#1) of demo AS _ai_result#4 WHERE flag#2]}. */
  static String describe(Seq<AiCall> calls, Seq<Expression> guards, Seq<Attribute> results) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < calls.size(); i++) {
      AiCall call = calls.apply(i);
      Expression guard = guards.apply(i);
      parts.add(
          "%s of %s AS %s%s"
              .formatted(
                  call,
                  call.spec().settled() ? call.spec().engine().model() : "the session's model",
                  results.apply(i),
                  guard.equals(Guards.ALWAYS) ? "" : " WHERE " + guard));
    }
    return parts.toString();
  }

  @Override
  public String argString(int maxFields) {
    return describe(calls, guards, results);
  }

  @Override
  public LogicalPlan child() {
    return child;
  }

  @Override
  public Seq<LogicalPlan> children() {
    return Scala.seq(List.of(child));
  }

  @Override
  public Seq<Attribute> output() {
    List<Attribute> output = Scala.list(child.output());
    output.addAll(Scala.list(results));
    return Scala.seq(output);
  }

  @Override
  public AttributeSet producedAttributes() {
    return attributeSet(results);
  }

  static AttributeSet attributeSet(Seq<Attribute> attributes) {
    List<AttributeSet> sets = new ArrayList<>();
    for (Attribute attribute : Scala.<Attribute>list(attributes)) {
      sets.add(AttributeSet.apply(attribute));
    }
    return AttributeSet.fromAttributeSets(Scala.seq(sets));
  }

  /** As every UnaryNode; the superclass's method would otherwise win over the trait's. */
  @Override
  public ExpressionSet validConstraints() {
    return child.constraints();
  }

  @Override
  public boolean allowNonDeterministicExpression() {
    return true;
  }

  // Without these three, limit rules repeat themselves and sorts are added.

  @Override
  public Option<Object> maxRows() {
    return child.maxRows();
  }

  @Override
  public Option<Object> maxRowsPerPartition() {
    return child.maxRowsPerPartition();
  }

  @Override
  public Seq<SortOrder> outputOrdering() {
    return child.outputOrdering();
  }

  /** Equal nodes are reused wherever they count. */
  @Override
  public LogicalPlan doCanonicalize() {
    AiEval canonical = (AiEval) super.doCanonicalize();
    return canonical.countingIn(null, canonical.child);
  }

  @Override
  public LogicalPlan withNewChildrenInternal(IndexedSeq<LogicalPlan> children) {
    return withNewChildInternal(children.apply(0));
  }

  @Override
  public LogicalPlan withNewChildInternal(LogicalPlan newChild) {
    return new AiEval(calls, guards, results, metricsOrNull, newChild);
  }

  @Override
  public Object productElement(int n) {
    return switch (n) {
      case 0 -> calls;
      case 1 -> guards;
      case 2 -> results;
      case 3 -> metricsOrNull;
      default -> child;
    };
  }

  @Override
  public int productArity() {
    return 5;
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof AiEval;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof AiEval eval
        && eval.calls.equals(calls)
        && eval.guards.equals(guards)
        && eval.results.equals(results)
        && Objects.equals(eval.metricsOrNull, metricsOrNull)
        && eval.child.equals(child);
  }

  @Override
  public int hashCode() {
    return calls.hashCode() * 31 + child.hashCode();
  }
}
