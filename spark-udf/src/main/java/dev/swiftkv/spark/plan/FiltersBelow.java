package dev.swiftkv.spark.plan;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;

/** Conditions that do not read the answers go below {@link AiEval}: fewer rows are asked. */
final class FiltersBelow {
  private FiltersBelow() {}

  static LogicalPlan apply(LogicalPlan plan) {
    return Trees.down(plan, FiltersBelow::operator);
  }

  private static LogicalPlan operator(LogicalPlan operator) {
    if (!(operator instanceof Filter filter) || !(filter.child() instanceof AiEval eval)) {
      return operator;
    }

    List<Expression> below = new ArrayList<>();
    List<Expression> above = new ArrayList<>();
    for (Expression conjunct : Trees.conjuncts(filter.condition())) {
      boolean movable = conjunct.deterministic() && Trees.covered(conjunct, eval.child());
      (movable ? below : above).add(conjunct);
    }
    if (below.isEmpty()) {
      return operator;
    }
    LogicalPlan moved = eval.withNewChildInternal(new Filter(Trees.and(below), eval.child()));
    return above.isEmpty() ? moved : new Filter(Trees.and(above), moved);
  }
}
