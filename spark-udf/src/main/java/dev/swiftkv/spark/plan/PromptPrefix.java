package dev.swiftkv.spark.plan;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Ascending$;
import org.apache.spark.sql.catalyst.expressions.Concat;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NullsFirst$;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.expressions.XxHash64;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Repartition;
import org.apache.spark.sql.catalyst.plans.logical.RepartitionByExpression;
import scala.Option;

/**
 * Keeps rows together whose prompts are equal or begin alike.
 *
 * <p>Equal prompts go to one task, by the prompt's hash, so that no two executors ask the same. Of
 * {@code concat(document, question)} the document is read once by an engine that gets all its
 * questions. Rows are dealt out by ranges of the prefix's hash and, within it, of the prompt's:
 * equal prefixes are neighbours, and one that most rows share is still cut into even parts, where
 * hash partitioning would leave executors idle.
 */
final class PromptPrefix {
  private PromptPrefix() {}

  /** The node's input in so many partitions; drawn prompts are dealt out in turn. */
  static LogicalPlan byPrompt(AiEval eval, int partitions) {
    Expression prompt = eval.calls().apply(0).prompt();
    return prompt.deterministic()
        ? partitioned(List.of(prompt), eval.child(), partitions)
        : new Repartition(partitions, /* shuffle */ true, eval.child());
  }

  /** As {@link #byPrompt}, and prompts that begin alike are neighbours. */
  static LogicalPlan byPrefix(AiEval eval, int partitions) {
    Expression prompt = eval.calls().apply(0).prompt();
    Expression prefix = sharedOrNull(prompt);
    if (prefix == null) {
      return byPrompt(eval, partitions);
    }
    List<Expression> order = new ArrayList<>();
    for (Expression part : List.of(prefix, prompt)) {
      Expression hash = new XxHash64(Scala.seq(List.of(part)));
      order.add(new SortOrder(hash, Ascending$.MODULE$, NullsFirst$.MODULE$, Scala.nil()));
    }
    return partitioned(order, eval.child(), partitions);
  }

  private static LogicalPlan partitioned(List<Expression> by, LogicalPlan child, int partitions) {
    return new RepartitionByExpression(
        Scala.seq(by), child, Option.apply(partitions), Option.empty());
  }

  /** The first column of a prompt of several; constants before it are every row's prefix. */
  private static Expression sharedOrNull(Expression prompt) {
    if (!(prompt instanceof Concat) || !prompt.deterministic()) {
      return null;
    }
    List<Expression> columns =
        Trees.children(prompt).stream().filter(piece -> !piece.foldable()).toList();
    return columns.size() < 2 ? null : columns.get(0);
  }
}
