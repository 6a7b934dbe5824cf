package dev.swiftkv.spark.plan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.InnerLike;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.Join;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import scala.Option;

/**
 * Moves calls out of a join's condition, where Spark allows nothing nondeterministic. A call over
 * one side becomes a column of that side, which is right for outer joins too and keeps {@code
 * ai_gen(a.x) = b.key} an equi-join. A call over both sides becomes a filter above an inner join.
 */
final class MoveJoinCalls {
  private final Join join;
  private final Map<Expression, Alias> left = new LinkedHashMap<>();
  private final Map<Expression, Alias> right = new LinkedHashMap<>();

  private MoveJoinCalls(Join join) {
    this.join = join;
  }

  /** The join itself where its condition holds no calls. */
  static LogicalPlan move(Join join) {
    boolean calls = join.condition().isDefined() && Trees.hasCall(join.condition().get());
    return calls ? new MoveJoinCalls(join).move() : join;
  }

  private LogicalPlan move() {
    Expression condition = Trees.up(join.condition().get(), this::columnOfOneSide);
    List<Expression> cheap = new ArrayList<>();
    List<Expression> calling = new ArrayList<>();
    for (Expression conjunct : Trees.conjuncts(condition)) {
      (Trees.hasCall(conjunct) ? calling : cheap).add(conjunct);
    }

    Option<Expression> rest = cheap.isEmpty() ? Option.empty() : Option.apply(Trees.and(cheap));
    LogicalPlan moved =
        new Join(
            withCalls(join.left(), left),
            withCalls(join.right(), right),
            join.joinType(),
            rest,
            join.hint());
    if (!calling.isEmpty()) {
      if (!(join.joinType() instanceof InnerLike)) {
        throw CallException.of(
            CallCondition.UNSUPPORTED_PLACE,
            "%s reads both sides of a %s JOIN in its condition; compute it in a subquery, or use an inner join; in a MERGE, ask in WHEN MATCHED AND."
                .formatted(calling.get(0).sql(), join.joinType().sql()));
      }
      moved = new Filter(Trees.and(calling), moved);
    }
    return Trees.project(Trees.outputColumns(join), moved);
  }

  private Expression columnOfOneSide(Expression expression) {
    if (!(expression instanceof AiCall call)) {
      return expression;
    }
    Map<Expression, Alias> side =
        reads(call, join.left(), left) ? left : reads(call, join.right(), right) ? right : null;
    return side == null
        ? call
        : (Expression)
            side.computeIfAbsent(call.canonicalized(), key -> Trees.alias(call, "_ai"))
                .toAttribute();
  }

  /** The columns of a side include the calls moved there: calls may be nested. */
  private static boolean reads(AiCall call, LogicalPlan side, Map<Expression, Alias> moved) {
    List<AttributeSet> sets = new ArrayList<>(List.of(side.outputSet()));
    moved.values().forEach(alias -> sets.add(AttributeSet.apply(alias.toAttribute())));
    return call.references().subsetOf(AttributeSet.fromAttributeSets(Scala.seq(sets)));
  }

  /** One projection per call: a later one may read an earlier one. */
  private static LogicalPlan withCalls(LogicalPlan side, Map<Expression, Alias> calls) {
    LogicalPlan plan = side;
    for (Alias call : calls.values()) {
      plan = Trees.withColumns(plan, List.of(call));
    }
    return plan;
  }
}
