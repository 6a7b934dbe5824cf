package dev.swiftkv.spark.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression$;
import org.apache.spark.sql.catalyst.expressions.NamedLambdaVariable;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.Metadata;
import scala.Option;
import scala.collection.immutable.Seq;

/** Questions about expressions and plans, and the small trees that every rule builds. */
final class Trees {
  private Trees() {}

  // ---- questions ----

  static boolean contains(Expression tree, Class<? extends Expression> type) {
    if (type.isInstance(tree)) {
      return true;
    }
    for (Expression child : children(tree)) {
      if (contains(child, type)) {
        return true;
      }
    }
    return false;
  }

  static boolean hasCall(Expression tree) {
    return contains(tree, AiCall.class);
  }

  /** Whether an expression of the operator itself, not of its children, holds a call. */
  static boolean hasCall(LogicalPlan operator) {
    for (Expression expression : expressions(operator)) {
      if (hasCall(expression)) {
        return true;
      }
    }
    return false;
  }

  /** Whether the plan has anything to do with this package. */
  static boolean mentionsAi(LogicalPlan plan) {
    if (plan instanceof AiEval || hasCall(plan)) {
      return true;
    }
    for (LogicalPlan input : inputs(plan)) {
      if (mentionsAi(input)) {
        return true;
      }
    }
    return false;
  }

  /** Whether the call's arguments are variables of a lambda, which no column can hold. */
  static boolean readsLambda(Expression tree) {
    return contains(tree, NamedLambdaVariable.class);
  }

  /** Whether everything the expression reads is a column of the plan. */
  static boolean covered(Expression expression, LogicalPlan plan) {
    return expression.references().subsetOf(plan.outputSet());
  }

  static boolean sameOutput(LogicalPlan left, LogicalPlan right) {
    List<Attribute> ours = output(left);
    List<Attribute> theirs = output(right);
    if (ours.size() != theirs.size()) {
      return false;
    }
    for (int i = 0; i < ours.size(); i++) {
      if (!ours.get(i).exprId().equals(theirs.get(i).exprId())) {
        return false;
      }
    }
    return true;
  }

  // ---- parts ----

  static List<Expression> children(Expression tree) {
    return Scala.list(tree.children());
  }

  static List<Expression> expressions(LogicalPlan operator) {
    return Scala.list(operator.expressions());
  }

  static List<LogicalPlan> inputs(LogicalPlan operator) {
    return Scala.list(operator.children());
  }

  static LogicalPlan onlyInput(LogicalPlan operator) {
    return operator.children().apply(0);
  }

  static List<Attribute> output(LogicalPlan plan) {
    return Scala.list(plan.output());
  }

  static List<NamedExpression> outputColumns(LogicalPlan plan) {
    return new ArrayList<>(columns(output(plan)));
  }

  /** Attributes are named expressions; the Scala trait hides that from Java. */
  static List<NamedExpression> columns(List<? extends Attribute> attributes) {
    List<NamedExpression> columns = new ArrayList<>();
    for (Attribute attribute : attributes) {
      columns.add((NamedExpression) attribute);
    }
    return columns;
  }

  static List<Expression> conjuncts(Expression condition) {
    List<Expression> parts = new ArrayList<>();
    if (condition instanceof And and) {
      parts.addAll(conjuncts(and.left()));
      parts.addAll(conjuncts(and.right()));
    } else {
      parts.add(condition);
    }
    return parts;
  }

  // ---- small trees ----

  static Expression and(List<Expression> conjuncts) {
    Expression all = null;
    for (Expression conjunct : conjuncts) {
      all = all == null ? conjunct : new And(all, conjunct);
    }
    return all == null ? Literal.TrueLiteral() : all;
  }

  static ExprId newId() {
    return NamedExpression$.MODULE$.newExprId();
  }

  static Alias alias(Expression expression, String name) {
    return alias(expression, name, newId());
  }

  static Alias alias(Expression expression, String name, ExprId id) {
    return new Alias(expression, name, id, Scala.nil(), Option.empty(), Scala.nil());
  }

  static AttributeReference attribute(String name, DataType type) {
    return new AttributeReference(
        name, type, /* nullable */ true, Metadata.empty(), newId(), Scala.nil());
  }

  static Project project(List<? extends NamedExpression> columns, LogicalPlan input) {
    return new Project(Scala.seq(columns), input);
  }

  /** The plan with more columns behind its own. */
  static LogicalPlan withColumns(LogicalPlan plan, List<? extends NamedExpression> more) {
    List<NamedExpression> columns = outputColumns(plan);
    columns.addAll(more);
    return project(columns, plan);
  }

  static LogicalPlan withInputs(LogicalPlan operator, List<LogicalPlan> inputs) {
    return operator.withNewChildren(Scala.seq(inputs));
  }

  static LogicalPlan withInput(LogicalPlan operator, LogicalPlan input) {
    return withInputs(operator, List.of(input));
  }

  // ---- transformations ----

  static LogicalPlan up(LogicalPlan plan, Function<LogicalPlan, LogicalPlan> function) {
    return plan.transformUp(Scala.everywhere(function));
  }

  static LogicalPlan down(LogicalPlan plan, Function<LogicalPlan, LogicalPlan> function) {
    return plan.transformDown(Scala.everywhere(function));
  }

  static Expression down(Expression tree, Function<Expression, Expression> function) {
    return tree.transformDown(Scala.everywhere(function));
  }

  static Expression up(Expression tree, Function<Expression, Expression> function) {
    return tree.transformUp(Scala.everywhere(function));
  }

  /** Rewrites the operator's own expressions, from the top of each. */
  static LogicalPlan expressionsDown(
      LogicalPlan operator, Function<Expression, Expression> function) {
    return operator.transformExpressionsDown(Scala.everywhere(function));
  }

  /** Rewrites the operator's own expressions, from the leaves of each. */
  static LogicalPlan expressionsUp(
      LogicalPlan operator, Function<Expression, Expression> function) {
    return operator.transformExpressionsUp(Scala.everywhere(function));
  }

  static <T> Seq<T> seq(List<? extends T> elements) {
    return Scala.seq(elements);
  }
}
