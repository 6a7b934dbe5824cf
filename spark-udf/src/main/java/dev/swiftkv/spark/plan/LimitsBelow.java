package dev.swiftkv.spark.plan;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.plans.logical.GlobalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LocalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.Sort;
import scala.Option;

/**
 * A limit above {@link AiEval} goes below it, through projections and together with a sort that
 * does not read the answers: {@code ORDER BY id LIMIT 5} asks five prompts. {@link AiStrategy}
 * plans it so that the scan stays lazy.
 */
final class LimitsBelow {
  private final Expression limit;
  private final List<Project> projections = new ArrayList<>();
  private Sort sort;
  private List<SortOrder> order = List.of();

  private LimitsBelow(Expression limit) {
    this.limit = limit;
  }

  static LogicalPlan apply(LogicalPlan plan) {
    return Trees.down(plan, LimitsBelow::operator);
  }

  private static LogicalPlan operator(LogicalPlan operator) {
    if (operator instanceof LocalLimit local) {
      LogicalPlan below = perPartition(local.child(), local.limitExpr());
      return below == local.child() ? operator : Trees.withInput(local, below);
    }
    if (operator instanceof GlobalLimit global
        && global.child() instanceof LocalLimit local
        && local.limitExpr().equals(global.limitExpr())) {
      return new LimitsBelow(local.limitExpr()).whole(global, local.child());
    }
    return operator;
  }

  private LogicalPlan whole(GlobalLimit original, LogicalPlan input) {
    LogicalPlan bottom = walkDown(input);
    if (!(bottom instanceof AiEval eval)) {
      return original;
    }

    LogicalPlan child = eval.child();
    if (sort == null) {
      if (atMost(child.maxRows(), limit)) {
        return original;
      }
    } else {
      for (SortOrder part : order) {
        if (!Trees.covered(part, child)) {
          return original;
        }
      }
      child = Copies.sort(sort, order, child);
    }

    LogicalPlan moved =
        eval.withNewChildInternal(new GlobalLimit(limit, new LocalLimit(limit, child)));
    for (int i = projections.size() - 1; i >= 0; i--) {
      moved = Trees.withInput(projections.get(i), moved);
    }
    return moved;
  }

  /** Notes the projections and at most one sort on the way; their order in terms of the bottom. */
  private LogicalPlan walkDown(LogicalPlan top) {
    LogicalPlan current = top;
    while (true) {
      if (current instanceof Project project && isDeterministic(project)) {
        order = order.stream().map(part -> (SortOrder) Columns.inline(part, project)).toList();
        projections.add(project);
        current = project.child();
      } else if (current instanceof Sort found && found.global() && sort == null) {
        sort = found;
        order = Scala.list(found.order());
        current = found.child();
      } else {
        return current;
      }
    }
  }

  private static boolean isDeterministic(Project project) {
    return Trees.expressions(project).stream().allMatch(Expression::deterministic);
  }

  private static LogicalPlan perPartition(LogicalPlan plan, Expression limit) {
    if (plan instanceof Project project) {
      LogicalPlan below = perPartition(project.child(), limit);
      return below == project.child() ? plan : Trees.withInput(project, below);
    }
    if (plan instanceof AiEval eval && !atMost(eval.child().maxRowsPerPartition(), limit)) {
      return eval.withNewChildInternal(new LocalLimit(limit, eval.child()));
    }
    return plan;
  }

  private static boolean atMost(Option<Object> rows, Expression limit) {
    return limit instanceof Literal literal
        && rows.isDefined()
        && ((Number) rows.get()).longValue() <= ((Number) literal.value()).longValue();
  }
}
