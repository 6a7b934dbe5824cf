package dev.swiftkv.spark.plan;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.EqualTo;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionSet;
import org.apache.spark.sql.catalyst.plans.Inner$;
import org.apache.spark.sql.catalyst.plans.LeftAnti$;
import org.apache.spark.sql.catalyst.plans.LeftSemi$;
import org.apache.spark.sql.catalyst.plans.logical.Join;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.internal.SQLConf;

/**
 * Calls of one side of a join go above it: rows that find no partner are not asked.
 *
 * <p>Only where that cannot ask more. A semi or anti join only drops rows. Behind an inner join a
 * row may come several times, so that its prompt would be asked several times, unless
 *
 * <ul>
 *   <li>the other side has each key once: it is grouped by them; or
 *   <li>the other side is small enough to be broadcast, and the smaller of the two: then the rows
 *       of this side stay in their tasks, the copies of a row follow each other, and equal prompts
 *       of a task that follow each other are asked once.
 * </ul>
 *
 * <p>An outer join keeps the rows of one side, and for the other would need to tell a missing
 * partner from a null column; it is left alone.
 */
final class RaiseAboveJoin {
  private RaiseAboveJoin() {}

  static LogicalPlan raise(Join join) {
    boolean inner = join.joinType().equals(Inner$.MODULE$);
    boolean onlyDrops =
        join.joinType().equals(LeftSemi$.MODULE$) || join.joinType().equals(LeftAnti$.MODULE$);
    if (!inner && !onlyDrops) {
      return join;
    }

    boolean left = onlyDrops || multipliesNone(join, join.left(), join.right());
    LogicalPlan raised = left ? raise(join, join.left(), join.right()) : join;
    boolean right = inner && raised == join && multipliesNone(join, join.right(), join.left());
    return right ? raise(join, join.right(), join.left()) : raised;
  }

  private static LogicalPlan raise(Join join, LogicalPlan side, LogicalPlan other) {
    PostponedCalls calls = PostponedCalls.of(side);
    boolean movable =
        calls != null
            && !calls.isReadBy(join.references())
            // A column that was hidden may be the other side's too: the same table read twice.
            && Trees.output(calls.below()).stream().noneMatch(other.outputSet()::contains);
    if (!movable) {
      return join;
    }
    List<LogicalPlan> inputs =
        side == join.left() ? List.of(calls.below(), other) : List.of(other, calls.below());
    return calls.above(Trees.withInputs(join, inputs), Trees.output(join));
  }

  private static boolean multipliesNone(Join join, LogicalPlan side, LogicalPlan other) {
    if (!Trees.mentionsAi(side)) {
      return false;
    }
    List<Expression> keys = keys(join, side, other);
    return !keys.isEmpty() && (hasEachOnce(other, keys) || isBroadcastTo(other, side));
  }

  /** What the other side is asked to equal. */
  private static List<Expression> keys(Join join, LogicalPlan side, LogicalPlan other) {
    List<Expression> keys = new ArrayList<>();
    if (join.condition().isEmpty()) {
      return keys;
    }
    for (Expression conjunct : Trees.conjuncts(join.condition().get())) {
      if (conjunct instanceof EqualTo equal) {
        if (Trees.covered(equal.left(), side) && Trees.covered(equal.right(), other)) {
          keys.add(equal.right());
        } else if (Trees.covered(equal.right(), side) && Trees.covered(equal.left(), other)) {
          keys.add(equal.left());
        }
      }
    }
    return keys;
  }

  private static boolean hasEachOnce(LogicalPlan other, List<Expression> keys) {
    return Scala.<ExpressionSet>list(other.distinctKeys().toSeq()).stream()
        .anyMatch(
            distinct ->
                Scala.<Expression>list(distinct.toSeq()).stream()
                    .allMatch(part -> keys.stream().anyMatch(part::semanticEquals)));
  }

  private static boolean isBroadcastTo(LogicalPlan other, LogicalPlan side) {
    var bytes = other.stats().sizeInBytes();
    return bytes.$less$eq(scala.math.BigInt.apply(SQLConf.get().autoBroadcastJoinThreshold()))
        && bytes.$less(side.stats().sizeInBytes());
  }
}
