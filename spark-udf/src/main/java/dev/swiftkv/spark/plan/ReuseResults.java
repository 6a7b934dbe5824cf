package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.plan.AiEval.Column;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.GlobalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LocalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.Sort;

/**
 * An {@link AiEval} above another one that has asked the same reads that answer: the same call in
 * WHERE and in SELECT, in SELECT and in ORDER BY.
 */
final class ReuseResults {
  private ReuseResults() {}

  static LogicalPlan apply(LogicalPlan plan) {
    return Trees.up(plan, ReuseResults::operator);
  }

  private static LogicalPlan operator(LogicalPlan operator) {
    if (!(operator instanceof AiEval eval)) {
      return operator;
    }

    LogicalPlan child = eval.child();
    List<Column> asked = new ArrayList<>();
    List<NamedExpression> known = new ArrayList<>();
    for (Column column : eval.columns()) {
      Exposed earlier = expose(child, column.call());
      if (earlier == null) {
        asked.add(column);
      } else {
        child = earlier.plan();
        known.add(
            Trees.alias(
                (Expression) earlier.result(), column.result().name(), column.result().exprId()));
      }
    }
    if (known.isEmpty()) {
      return operator;
    }

    LogicalPlan below = asked.isEmpty() ? child : AiEval.of(asked, child);
    List<NamedExpression> columns = Trees.outputColumns(eval.child());
    columns.addAll(Trees.columns(asked.stream().map(Column::result).toList()));
    columns.addAll(known);
    return Trees.project(columns, below);
  }

  /** A plan whose output holds the answer, and the column it is in. */
  private record Exposed(LogicalPlan plan, Attribute result) {}

  /** Null if nothing below has asked the same of every row. */
  private static Exposed expose(LogicalPlan plan, AiCall call) {
    if (plan instanceof AiEval eval) {
      for (Column column : eval.columns()) {
        if (column.guard().equals(Guards.ALWAYS)
            && column.call().canonicalized().equals(call.canonicalized())) {
          return new Exposed(eval, column.result());
        }
      }
    }
    if (plan instanceof Project project) {
      return exposeThrough(project, call);
    }
    boolean keepsRows =
        plan instanceof AiEval
            || plan instanceof Filter
            || plan instanceof Sort
            || plan instanceof GlobalLimit
            || plan instanceof LocalLimit;
    if (!keepsRows || !Trees.covered(call, Trees.onlyInput(plan))) {
      return null;
    }
    Exposed below = expose(Trees.onlyInput(plan), call);
    return below == null ? null : new Exposed(Trees.withInput(plan, below.plan()), below.result());
  }

  private static Exposed exposeThrough(Project project, AiCall call) {
    boolean same =
        Columns.inline(call, project) instanceof AiCall below
            && Trees.covered(below, project.child());
    Exposed below = same ? expose(project.child(), (AiCall) Columns.inline(call, project)) : null;
    if (below == null) {
      return null;
    }
    List<NamedExpression> columns = Scala.list(project.projectList());
    if (!project.outputSet().contains(below.result())) {
      columns.add((NamedExpression) below.result());
    }
    return new Exposed(Trees.project(columns, below.plan()), below.result());
  }
}
