package dev.swiftkv.spark.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.catalyst.analysis.EliminateSubqueryAliases;
import org.apache.spark.sql.catalyst.analysis.EliminateView;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Exists;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.SubqueryExpression;
import org.apache.spark.sql.catalyst.optimizer.ColumnPruning;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.RowLevelWrite;
import scala.Option;

/**
 * Conditions that UPDATE, DELETE and MERGE keep beside their rewritten query, which alone asks the
 * model.
 *
 * <p>The statement's condition tells a table what it need not read, and whether whole files can be
 * dropped. Nobody evaluates it, but all of it must stay there, and Spark wants it deterministic.
 *
 * <p>With the group filter Spark looks for the files that will change, before it runs the
 * statement. That would ask the same calls twice; what they leave out only keeps more files.
 */
final class RowLevelConditions {
  private RowLevelConditions() {}

  static LogicalPlan askingNothing(RowLevelWrite write) {
    LogicalPlan plan = (LogicalPlan) write;
    Object[] parts = Copies.parts(plan);
    boolean changed = false;
    for (int i = 0; i < parts.length; i++) {
      Object part = askingNothing(parts[i]);
      changed |= part != parts[i];
      parts[i] = part;
    }
    return changed ? plan.makeCopy(parts) : plan;
  }

  private static Object askingNothing(Object part) {
    if (part instanceof Expression condition) {
      return asksInSubquery(condition) ? Trees.up(condition, RowLevelConditions::fixed) : condition;
    }
    boolean groupFilter =
        part instanceof Option<?> option
            && option.isDefined()
            && option.get() instanceof Expression;
    if (!groupFilter) {
      return part;
    }
    Expression filter = (Expression) ((Option<?>) part).get();
    Expression cheap = cheapPart(filter);
    return cheap == filter ? part : Option.apply(cheap);
  }

  private static Expression fixed(Expression expression) {
    return expression instanceof SubqueryExpression subquery && asks(subquery)
        ? subquery.withNewPlan(
            Trees.up(
                subquery.plan(),
                operator ->
                    Trees.expressionsDown(
                        operator,
                        part ->
                            part instanceof AiCall call && call.spec().settled()
                                ? call.withSpec(call.spec().unsettled())
                                : part)))
        : expression;
  }

  /** Null where nothing is left. */
  private static Expression cheapPart(Expression condition) {
    List<Expression> conjuncts = Trees.conjuncts(condition);
    List<Expression> cheap = new ArrayList<>();
    for (Expression conjunct : conjuncts) {
      withoutCalls(conjunct).ifPresent(cheap::add);
    }
    if (cheap.equals(conjuncts)) {
      return condition;
    }
    return cheap.isEmpty() ? null : Trees.and(cheap);
  }

  private static Optional<Expression> withoutCalls(Expression conjunct) {
    if (conjunct instanceof Exists exists && exists.plan() instanceof Filter matching) {
      return partner(exists, matching);
    }
    return asksInSubquery(conjunct) ? Optional.empty() : CheapParts.of(conjunct);
  }

  private static boolean asksInSubquery(Expression tree) {
    return tree instanceof SubqueryExpression subquery && asks(subquery)
        || Trees.children(tree).stream().anyMatch(RowLevelConditions::asksInSubquery);
  }

  private static boolean asks(SubqueryExpression subquery) {
    return Trees.mentionsAi(subquery.plan());
  }

  /** What MERGE asks of a row: that a row of the source matches it. */
  private static Optional<Expression> partner(Exists exists, Filter matching) {
    Expression condition = cheapPart(matching.condition());
    if (condition == null) {
      return Optional.empty();
    }
    if (!Trees.mentionsAi(matching)) {
      return Optional.of(exists);
    }

    LogicalPlan source = pruned(matching.child(), condition);
    return Trees.mentionsAi(source)
        ? Optional.empty()
        : Optional.of(exists.withNewPlan(new Filter(condition, source)));
  }

  /** The source with nothing but the columns that the condition reads. */
  private static LogicalPlan pruned(LogicalPlan source, Expression condition) {
    List<NamedExpression> read = new ArrayList<>();
    for (Attribute column : Trees.output(source)) {
      if (condition.references().contains((NamedExpression) column)) {
        read.add((NamedExpression) column);
      }
    }
    LogicalPlan bare = EliminateSubqueryAliases.apply(EliminateView.apply(source));
    return ColumnPruning.apply(Trees.project(read, bare));
  }
}
