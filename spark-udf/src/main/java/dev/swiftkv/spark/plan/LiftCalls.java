package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.plan.AiEval.Column;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.RowLevelWrite;

/**
 * Lifts the calls of one operator into {@link AiEval} nodes below it, innermost calls first, each
 * with the guard that says for which rows the query would have evaluated it. Equal calls become
 * one.
 */
final class LiftCalls {
  /**
   * Unlike any alias of a user: Spark drops an alias whose name equals that of what it renames, and
   * a common table expression would lose its column.
   */
  static final String RESULT_NAME = "_ai_result";

  private final boolean guarded;

  private LiftCalls(boolean guarded) {
    this.guarded = guarded;
  }

  /**
   * Lifts every call that can be.
   *
   * @param guarded whether guards and the splitting of filters keep rows from being evaluated
   */
  static LogicalPlan apply(LogicalPlan plan, boolean guarded) {
    LiftCalls lift = new LiftCalls(guarded);
    return Trees.up(plan, operator -> RowCalls.replace(lift.operator(operator)));
  }

  private LogicalPlan operator(LogicalPlan operator) {
    boolean nothingToDo =
        operator instanceof AiEval
            || operator instanceof RowLevelWrite
            || !operator.resolved()
            || operator.children().isEmpty()
            || !Trees.hasCall(operator);
    if (nothingToDo) {
      return operator;
    }
    if (operator instanceof Aggregate aggregate) {
      LogicalPlan split = SplitAggregates.split(aggregate);
      if (split != aggregate) {
        return Trees.up(split, this::operator);
      }
    }
    if (guarded && operator instanceof Filter filter) {
      return conjunctByConjunct(filter);
    }
    return lift(operator);
  }

  /**
   * Conjuncts without calls first, with what the others say of columns alone, then one after the
   * other, each on what the last one kept.
   */
  private LogicalPlan conjunctByConjunct(Filter filter) {
    List<Expression> cheap = new ArrayList<>();
    List<Expression> calling = new ArrayList<>();
    for (Expression conjunct : Trees.conjuncts(filter.condition())) {
      (Trees.hasCall(conjunct) ? calling : cheap).add(conjunct);
    }
    calling.forEach(conjunct -> CheapParts.of(conjunct).ifPresent(cheap::add));
    LogicalPlan kept = filter.child();
    if (!cheap.isEmpty()) {
      kept = new Filter(Trees.and(cheap), kept);
    }
    for (Expression conjunct : calling) {
      kept = lift(new Filter(conjunct, kept));
    }
    return kept;
  }

  private LogicalPlan lift(LogicalPlan operator) {
    LogicalPlan current = operator;
    while (Trees.hasCall(current)) {
      LogicalPlan prepared = guarded ? DrawnGuards.asColumns(current) : current;
      LogicalPlan lifted = liftInnermost(prepared);
      if (lifted == prepared) {
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
