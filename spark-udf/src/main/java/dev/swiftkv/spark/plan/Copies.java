package dev.swiftkv.spark.plan;

import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Sort;
import org.apache.spark.sql.catalyst.plans.logical.Window;

/**
 * Stock nodes with some parts changed. Their constructors differ between the versions of Spark;
 * their leading parts do not.
 */
final class Copies {
  private Copies() {}

  static LogicalPlan sort(Sort sort, List<SortOrder> order, LogicalPlan child) {
    Object[] parts = parts(sort);
    parts[0] = Scala.seq(order);
    parts[2] = child;
    return sort.makeCopy(parts);
  }

  static Aggregate aggregate(
      Aggregate aggregate,
      List<Expression> grouping,
      List<NamedExpression> columns,
      LogicalPlan child) {
    Object[] parts = parts(aggregate);
    parts[0] = Scala.seq(grouping);
    parts[1] = Scala.seq(columns);
    parts[2] = child;
    return (Aggregate) aggregate.makeCopy(parts);
  }

  static Window window(Window window, List<NamedExpression> columns) {
    Object[] parts = parts(window);
    parts[0] = Scala.seq(columns);
    return (Window) window.makeCopy(parts);
  }

  static Object[] parts(LogicalPlan node) {
    Object[] parts = new Object[node.productArity()];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = node.productElement(i);
    }
    return parts;
  }
}
