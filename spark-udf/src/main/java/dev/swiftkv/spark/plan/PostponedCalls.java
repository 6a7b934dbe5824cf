package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.plan.AiEval.Column;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.SubqueryExpression;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.Window;

/**
 * An input of an operator, taken apart so that its calls can be asked after that operator instead
 * of before: a plan without the calls, the calls over its columns, the filters on their answers,
 * and those columns of the input that read the answers.
 *
 * @param below the input without the topmost {@link AiEval} and without the filters on its answers;
 *     it has all columns that the calls, the conditions and the late columns read
 * @param columns the calls
 * @param conditions of the filters on answers, in terms of {@code below} and the answers
 * @param late columns of the input that read an answer, in the same terms
 */
record PostponedCalls(
    LogicalPlan below,
    List<Column> columns,
    List<Expression> conditions,
    Map<ExprId, NamedExpression> late) {
  /** Null where the input has no calls on top, or some that may not be asked elsewhere. */
  static PostponedCalls of(LogicalPlan input) {
    if (input instanceof AiEval eval) {
      return ofEval(eval);
    }
    if (input instanceof Project project) {
      PostponedCalls inner = of(project.child());
      return inner == null ? null : inner.through(project);
    }
    if (input instanceof Filter filter) {
      PostponedCalls inner = of(filter.child());
      return inner == null ? null : inner.through(filter);
    }
    if (input instanceof Window window) {
      PostponedCalls inner = of(window.child());
      return inner == null || !inner.keepsRows() || inner.isReadBy(window.references())
          ? null
          : inner.over(Trees.withInput(window, inner.below()));
    }
    return null;
  }

  /** A drawn prompt stays: over fewer rows other numbers would be drawn. */
  private static PostponedCalls ofEval(AiEval eval) {
    Map<ExprId, NamedExpression> late = new LinkedHashMap<>();
    for (Column column : eval.columns()) {
      boolean drawn =
          !column.guard().deterministic()
              || Trees.children(column.call()).stream().anyMatch(part -> !part.deterministic());
      if (drawn) {
        return null;
      }
      late.put(column.result().exprId(), (NamedExpression) column.result());
    }
    return new PostponedCalls(eval.child(), eval.columns(), List.of(), late);
  }

  private PostponedCalls over(LogicalPlan otherBelow) {
    return new PostponedCalls(otherBelow, columns, conditions, late);
  }

  /** Whether no row is dropped for its answers: then {@link #below} has the rows of the input. */
  boolean keepsRows() {
    return conditions.isEmpty();
  }

  /** Null where the condition is drawn, or has a query of its own. */
  private PostponedCalls through(Filter filter) {
    Expression condition = filter.condition();
    if (!condition.deterministic() || SubqueryExpression.hasSubquery(condition)) {
      return null;
    }
    if (!isReadBy(condition.references())) {
      return over(new Filter(condition, below));
    }
    List<Expression> all = new ArrayList<>(conditions);
    all.add(inline(condition));
    return new PostponedCalls(below, columns, all, late);
  }

  /** Null where a column over an answer is drawn. */
  private PostponedCalls through(Project project) {
    List<NamedExpression> early = new ArrayList<>();
    Map<ExprId, NamedExpression> projected = new LinkedHashMap<>();
    for (NamedExpression column : Scala.<NamedExpression>list(project.projectList())) {
      Expression expression = (Expression) column;
      if (!isReadBy(expression.references())) {
        if (!(column instanceof Attribute)) {
          early.add(column);
        }
      } else if (expression.deterministic()) {
        projected.put(column.exprId(), inline(column));
      } else {
        return null;
      }
    }
    LogicalPlan kept = early.isEmpty() ? below : Trees.withColumns(below, early);
    return new PostponedCalls(kept, columns, conditions, projected);
  }

  private NamedExpression inline(NamedExpression column) {
    if (column instanceof Attribute) {
      return late.get(column.exprId());
    }
    Expression definition = ((Expression) column).children().apply(0);
    return Trees.alias(inline(definition), column.name(), column.exprId());
  }

  private Expression inline(Expression expression) {
    return mapAttributes(
        expression, a -> late.containsKey(a.exprId()) ? meaning(a) : (Expression) a);
  }

  private Expression meaning(Attribute attribute) {
    NamedExpression column = late.get(attribute.exprId());
    return column instanceof Attribute
        ? (Expression) column
        : ((Expression) column).children().apply(0);
  }

  static Expression mapAttributes(Expression tree, Function<Attribute, Expression> function) {
    return Trees.up(
        tree, part -> part instanceof AttributeReference read ? function.apply(read) : part);
  }

  /** Whether one of these columns is known only after the calls. */
  boolean isReadBy(AttributeSet references) {
    return late.keySet().stream().anyMatch(id -> contains(references, id));
  }

  private static boolean contains(AttributeSet references, ExprId id) {
    return Scala.<Attribute>list(references.toSeq()).stream()
        .anyMatch(attribute -> attribute.exprId().equals(id));
  }

  /** The calls above an operator over {@link #below}, giving what it gave over the input. */
  LogicalPlan above(LogicalPlan operator, List<Attribute> output) {
    List<NamedExpression> top = new ArrayList<>();
    for (Attribute attribute : output) {
      top.add(late.getOrDefault(attribute.exprId(), (NamedExpression) attribute));
    }
    LogicalPlan asked = AiEval.of(columns, operator);
    return Trees.project(top, keepsRows() ? asked : new Filter(Trees.and(conditions), asked));
  }
}
