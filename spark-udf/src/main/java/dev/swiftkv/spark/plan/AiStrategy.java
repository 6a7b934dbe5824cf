package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.SparkOptions;
import java.util.OptionalInt;
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
 * one, whose rows are all in one partition, {@link SpreadRows} has spread them again.
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
    return Scala.seq(AiEvalExec.of(eval, options, child(eval.child(), options)));
  }

  private SparkPlan child(LogicalPlan plan, SparkOptions options) {
    OptionalInt rows = rowsOfLimit(plan);
    return rows.isPresent() && rows.getAsInt() <= options.takeRows()
        ? new TakeExec(rows.getAsInt(), planLater(limited((GlobalLimit) plan)))
        : planLater(plan);
  }

  /**
   * Rows of a limit, unless they are the first of an order: those must stay in order, and Spark has
   * a good operator for them.
   */
  static OptionalInt rowsOfLimit(LogicalPlan plan) {
    boolean isLimit =
        plan instanceof GlobalLimit global
            && global.child() instanceof LocalLimit
            && !(limited(global) instanceof Sort)
            && global.limitExpr() instanceof Literal;
    return isLimit
        ? OptionalInt.of(((Number) ((Literal) ((GlobalLimit) plan).limitExpr()).value()).intValue())
        : OptionalInt.empty();
  }

  private static LogicalPlan limited(GlobalLimit limit) {
    return Trees.onlyInput(limit.child());
  }
}
