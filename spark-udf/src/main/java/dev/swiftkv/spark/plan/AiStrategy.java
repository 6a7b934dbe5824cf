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

/** Plans {@link AiEval}; a small limit right below it becomes a {@link TakeExec}. */
final class AiStrategy extends SparkStrategy {
  private final SparkSession session;

  AiStrategy(SparkSession session) {
    this.session = session;
  }

  @Override
  public Seq<SparkPlan> apply(LogicalPlan plan) {
    if (!(plan instanceof AiEval eval)) {
      return Scala.nil();
    }

    SparkOptions options = SessionOptions.of(session);
    SparkPlan child;
    if (takes(eval.child(), options.takeRows())) {
      GlobalLimit limit = (GlobalLimit) eval.child();
      child = new TakeExec(rows(limit), planLater(Trees.onlyInput(limit.child())));
    } else {
      child = planLater(eval.child());
    }
    return Scala.seq(AiEvalExec.of(eval, options, child));
  }

  /** Not above a Sort: Spark has a better operator for the first rows of an order. */
  private static boolean takes(LogicalPlan plan, int mostRows) {
    return plan instanceof GlobalLimit global
        && global.child() instanceof LocalLimit local
        && !(local.child() instanceof Sort)
        && global.limitExpr() instanceof Literal
        && rows(global) <= mostRows;
  }

  private static int rows(GlobalLimit limit) {
    return ((Number) ((Literal) limit.limitExpr()).value()).intValue();
  }
}
