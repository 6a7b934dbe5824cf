package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.plan.AiEval.Column;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.GlobalLimit;
import org.apache.spark.sql.catalyst.plans.logical.Join;
import org.apache.spark.sql.catalyst.plans.logical.LocalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.Repartition;
import org.apache.spark.sql.catalyst.plans.logical.RepartitionByExpression;
import org.apache.spark.sql.catalyst.plans.logical.Sort;

/** Calls whose answers nobody reads are not asked. */
final class DropUnused {
  private DropUnused() {}

  static LogicalPlan apply(LogicalPlan plan) {
    return drop(plan, /* neededOrNull */ null);
  }

  /**
   * Walks down with what is read of each operator's output.
   *
   * @param neededOrNull null where everything may be read
   */
  private static LogicalPlan drop(LogicalPlan plan, AttributeSet neededOrNull) {
    if (plan instanceof AiEval eval && neededOrNull != null) {
      List<Column> used =
          eval.columns().stream().filter(column -> neededOrNull.contains(column.result())).toList();
      if (used.isEmpty()) {
        return drop(eval.child(), neededOrNull);
      }
      AiEval kept = used.size() == eval.columns().size() ? eval : AiEval.of(used, eval.child());
      return dropBelow(kept, neededOrNull);
    }
    return dropBelow(plan, neededOrNull);
  }

  private static LogicalPlan dropBelow(LogicalPlan plan, AttributeSet neededOrNull) {
    AttributeSet below = neededOfInputs(plan, neededOrNull);
    List<LogicalPlan> inputs = new ArrayList<>();
    boolean changed = false;
    for (LogicalPlan input : Trees.inputs(plan)) {
      LogicalPlan dropped = drop(input, below);
      changed |= dropped != input;
      inputs.add(dropped);
    }
    return changed ? Trees.withInputs(plan, inputs) : plan;
  }

  /** Null for operators whose use of their input is not known here. */
  private static AttributeSet neededOfInputs(LogicalPlan plan, AttributeSet neededOrNull) {
    if (plan instanceof Project || plan instanceof Aggregate) {
      return plan.references();
    }
    boolean passesOn =
        plan instanceof AiEval
            || plan instanceof Filter
            || plan instanceof Sort
            || plan instanceof GlobalLimit
            || plan instanceof LocalLimit
            || plan instanceof Join
            || plan instanceof Repartition
            || plan instanceof RepartitionByExpression;
    return passesOn && neededOrNull != null
        ? AttributeSet.fromAttributeSets(Scala.seq(neededOrNull, plan.references()))
        : null;
  }
}
