package dev.swiftkv.spark.plan;

import java.util.HashMap;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.Project;

/** What the columns of a projection stand for. */
final class Columns {
  private Columns() {}

  /** The expression in terms of the projection's input. */
  static Expression inline(Expression expression, Project project) {
    Map<ExprId, Expression> definitions = new HashMap<>();
    for (NamedExpression column : Scala.<NamedExpression>list(project.projectList())) {
      if (column instanceof Alias alias) {
        definitions.put(alias.exprId(), alias.child());
      }
    }
    return Trees.up(
        expression,
        part ->
            part instanceof AttributeReference attribute
                ? definitions.getOrDefault(attribute.exprId(), attribute)
                : part);
  }
}
