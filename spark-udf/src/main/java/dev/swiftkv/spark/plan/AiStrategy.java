package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.SparkOptions;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.plans.logical.GlobalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LocalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Sort;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.SparkStrategy;
import scala.collection.immutable.Seq;

/**
 * Plans {@link AiEval}. A small limit right below it becomes a {@link TakeExec}; behind a large
 * one, whose rows are all in one partition, they are spread over all tasks again.
 */
final class AiStrategy extends SparkStrategy {
  private final SparkSession session;

  AiStrategy(SparkSession session) {
    this.session = session;
  }

  @Override
  public Seq<SparkPlan> apply(LogicalPlan plan) {
    if (plan instanceof DriverTable table) {
      return Scala.seq(DriverTableExec.of(table, session));
    }
    if (!(plan instanceof AiEval eval)) {
      return Scala.nil();
    }

    SparkOptions options = SessionOptions.of(session);
    return Scala.seq(AiEvalExec.of(eval, options, child(eval, options)));
  }

  private SparkPlan child(AiEval eval, SparkOptions options) {
    LogicalPlan plan = eval.child();
    if (!isLimitWithoutOrder(plan)) {
      return planLater(plan);
    }
    GlobalLimit limit = (GlobalLimit) plan;
    if (rows(limit) <= options.takeRows()) {
      return new TakeExec(rows(limit), planLater(Trees.onlyInput(limit.child())));
    }
    int partitions = session.sparkContext().defaultParallelism();
    return planLater(PromptPrefix.byPrompt(eval, partitions));
  }

  /** The first rows of an order must stay in order, and Spark has a good operator for them. */
  private static boolean isLimitWithoutOrder(LogicalPlan plan) {
    return plan instanceof GlobalLimit global
        && global.child() instanceof LocalLimit local
        && !(local.child() instanceof Sort)
        && global.limitExpr() instanceof Literal;
  }

  private static int rows(GlobalLimit limit) {
    return ((Number) ((Literal) limit.limitExpr()).value()).intValue();
  }
}
