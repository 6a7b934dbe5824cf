package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.batch.CallCost;
import dev.swiftkv.spark.functions.CallSpec;
import dev.swiftkv.spark.functions.CompletionRecord;
import dev.swiftkv.spark.plan.AiEval.Column;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.If;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.PlanExpression;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.Repartition;
import org.apache.spark.sql.catalyst.plans.logical.RepartitionByExpression;
import org.apache.spark.sql.catalyst.plans.logical.Sort;
import org.apache.spark.sql.catalyst.plans.logical.Union;
import org.apache.spark.sql.catalyst.plans.logical.Window;

/**
 * The input of a node as if the calls below it had been answered: with texts as long as they may
 * be, which every filter that reads them lets through. Nothing in it asks a model.
 */
final class AssumedAnswers {
  private final Set<ExprId> answers = new HashSet<>();
  private boolean droppedFilters;
  private boolean rowsUnknown;
  private final LogicalPlan plan;

  AssumedAnswers(LogicalPlan input) {
    LogicalPlan rows = input;
    while (rows instanceof Repartition || rows instanceof RepartitionByExpression) {
      rows = Trees.onlyInput(rows);
    }
    plan = Trees.up(rows, this::assume);
  }

  /** A call that an engine without weights answers, which never fails a task. */
  static CallSpec withoutWeights(CallSpec spec) {
    return new CallSpec(
        spec.function(),
        spec.form(),
        /* failOnError */ false,
        spec.model(),
        spec.parameters(),
        spec.arguments(),
        CallCost.withoutWeights(spec.engine()),
        spec.groupOrNull());
  }

  /** The input without calls. */
  LogicalPlan plan() {
    return plan;
  }

  /** Whether filters on answers were left out, so that there are at most as many rows. */
  boolean droppedFilters() {
    return droppedFilters;
  }

  /** Whether the number of rows depends on answers in another way. */
  boolean rowsUnknown() {
    return rowsUnknown;
  }

  /** Whether an expression over the input reads an answer. */
  boolean isReadBy(Expression expression) {
    return Scala.<Attribute>list(expression.references().toSeq()).stream()
            .anyMatch(attribute -> answers.contains(attribute.exprId()))
        || asksItself(expression);
  }

  private static boolean asksItself(Expression tree) {
    return tree instanceof RowCall
        || (tree instanceof PlanExpression<?> subquery
            && subquery.plan() instanceof LogicalPlan plan
            && asks(plan))
        || Trees.children(tree).stream().anyMatch(AssumedAnswers::asksItself);
  }

  private static boolean asks(LogicalPlan plan) {
    return plan instanceof AiEval
        || Trees.expressions(plan).stream().anyMatch(AssumedAnswers::asksItself)
        || Trees.inputs(plan).stream().anyMatch(AssumedAnswers::asks);
  }

  /** An expression over the input that asks nothing itself. */
  Expression assumed(Expression expression) {
    return Trees.up(expression, AssumedAnswers::withoutCall);
  }

  private static Expression withoutCall(Expression part) {
    if (part instanceof RowCall call) {
      return AssumedRecord.of(call.spec());
    }
    if (part instanceof AiAggregate aggregate) {
      return aggregate.gathering(withoutWeights(aggregate.spec()));
    }
    return part instanceof PlanExpression<?> subquery
            && subquery.plan() instanceof LogicalPlan plan
            && asks(plan)
        ? withPlan(subquery, new AssumedAnswers(plan).plan())
        : part;
  }

  @SuppressWarnings("unchecked") // a logical plan holds logical plans
  private static Expression withPlan(PlanExpression<?> subquery, LogicalPlan plan) {
    return ((PlanExpression<LogicalPlan>) subquery).withNewPlan(plan);
  }

  private LogicalPlan assume(LogicalPlan operator) {
    LogicalPlan assumed = operator;
    if (operator instanceof AiEval eval) {
      assumed = answered(eval);
    } else if (operator instanceof Filter filter) {
      assumed = withoutAnswers(filter);
    } else if (operator instanceof Project project) {
      addColumns(Scala.list(project.projectList()));
    } else if (operator instanceof Window window) {
      addColumns(Scala.list(window.windowExpressions()));
    } else if (operator instanceof Aggregate aggregate) {
      rowsUnknown |= isReadByAny(Scala.list(aggregate.groupingExpressions()));
      addColumns(Scala.list(aggregate.aggregateExpressions()));
    } else if (operator instanceof Union union) {
      addColumns(union);
    } else if (!(operator instanceof Sort)) {
      rowsUnknown |= isReadByAny(Trees.expressions(operator));
    }
    return Trees.expressionsUp(assumed, AssumedAnswers::withoutCall);
  }

  private boolean isReadByAny(List<Expression> expressions) {
    return expressions.stream().anyMatch(this::isReadBy);
  }

  private void addColumns(List<NamedExpression> columns) {
    for (NamedExpression column : columns) {
      if (isReadBy((Expression) column)) {
        answers.add(column.exprId());
      }
    }
  }

  private void addColumns(Union union) {
    List<Attribute> output = Trees.output(union);
    for (LogicalPlan input : Trees.inputs(union)) {
      List<Attribute> columns = Trees.output(input);
      for (int i = 0; i < columns.size(); i++) {
        if (answers.contains(columns.get(i).exprId())) {
          answers.add(output.get(i).exprId());
        }
      }
    }
  }

  private LogicalPlan answered(AiEval eval) {
    List<NamedExpression> columns = new ArrayList<>();
    for (Column column : eval.columns()) {
      Expression record = AssumedRecord.of(column.call().spec());
      Expression value =
          column.guard().equals(Guards.ALWAYS)
              ? record
              : new If(column.guard(), record, Literal.create(null, CompletionRecord.TYPE));
      columns.add(Trees.alias(value, column.result().name(), column.result().exprId()));
      answers.add(column.result().exprId());
    }
    return Trees.withColumns(eval.child(), columns);
  }

  private LogicalPlan withoutAnswers(Filter filter) {
    List<Expression> kept = new ArrayList<>(Trees.conjuncts(filter.condition()));
    if (!kept.removeIf(this::isReadBy)) {
      return filter;
    }
    droppedFilters = true;
    return kept.isEmpty() ? filter.child() : new Filter(Trees.and(kept), filter.child());
  }
}
