package dev.swiftkv.spark.plan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.CaseWhen;
import org.apache.spark.sql.catalyst.expressions.Coalesce;
import org.apache.spark.sql.catalyst.expressions.EqualNullSafe;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.If;
import org.apache.spark.sql.catalyst.expressions.IsNull;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.Not;
import org.apache.spark.sql.catalyst.expressions.Or;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import scala.Tuple2;

/**
 * Finds the innermost calls of an operator's expressions, each with the condition under which SQL
 * would evaluate it. Lifting turns a branch into a column of every row; the guard keeps it a
 * branch.
 *
 * <p>{@code CASE WHEN p THEN ai_gen(a) ELSE ai_gen(b) END} gives {@code ai_gen(a)} guarded by
 * {@code p} and {@code ai_gen(b)} guarded by {@code NOT (p <=> true)}.
 */
final class Guards {
  /** Every row. */
  static final Expression ALWAYS = Literal.TrueLiteral();

  private final Map<Expression, List<Expression>> guards = new LinkedHashMap<>();
  private final Map<Expression, AiCall> calls = new LinkedHashMap<>();

  private Guards() {}

  /** A call giving its record, and when it is wanted. */
  record Guarded(AiCall call, Expression guard) {}

  /**
   * Calls without calls inside, in the order they appear. Those whose guard holds a call come only
   * when there are no others: lifting that one first makes the guard a plain column.
   *
   * @param guarded false gives every call the guard {@link #ALWAYS}
   */
  static List<Guarded> innermost(List<Expression> expressions, boolean guarded) {
    Guards found = new Guards();
    for (Expression expression : expressions) {
      found.visit(expression, List.of());
    }

    List<Guarded> ready = new ArrayList<>();
    List<Guarded> blocked = new ArrayList<>();
    found.calls.forEach(
        (key, call) -> {
          Expression guard = guarded ? any(found.guards.get(key)) : ALWAYS;
          if (Trees.hasCall(guard)) {
            blocked.add(new Guarded(call, ALWAYS));
          } else {
            ready.add(new Guarded(call, guard));
          }
        });
    return ready.isEmpty() ? blocked : ready;
  }

  /** The guard, if the input can tell; a guard that would be drawn twice guards nothing. */
  static Expression over(LogicalPlan input, Expression guard) {
    return guard.deterministic() && Trees.covered(guard, input) ? guard : ALWAYS;
  }

  private static Expression any(List<Expression> alternatives) {
    Expression any = null;
    for (Expression alternative : alternatives) {
      if (alternative.equals(ALWAYS)) {
        return ALWAYS;
      }
      if (any == null || any.equals(alternative)) {
        any = alternative;
      } else {
        any = new Or(any, alternative);
      }
    }
    return any;
  }

  private void visit(Expression expression, List<Expression> guard) {
    if (!Trees.hasCall(expression)) {
      return;
    }

    if (expression instanceof AiCall call && isInnermost(call)) {
      AiCall asRecord = call.asRecord();
      calls.putIfAbsent(asRecord.canonicalized(), asRecord);
      guards
          .computeIfAbsent(asRecord.canonicalized(), key -> new ArrayList<>())
          .add(guard.isEmpty() ? ALWAYS : Trees.and(guard));
    } else if (expression instanceof CaseWhen branches) {
      visitCase(branches, guard);
    } else if (expression instanceof If branches) {
      visit(branches.predicate(), guard);
      visit(branches.trueValue(), with(guard, branches.predicate()));
      visit(branches.falseValue(), with(guard, isNot(branches.predicate(), true)));
    } else if (expression instanceof Coalesce alternatives) {
      visitCoalesce(alternatives, guard);
    } else if (expression instanceof And and) {
      visitBoth(and.left(), and.right(), guard, /* decides */ false);
    } else if (expression instanceof Or or) {
      visitBoth(or.left(), or.right(), guard, /* decides */ true);
    } else {
      for (Expression child : Trees.children(expression)) {
        visit(child, guard);
      }
    }
  }

  private static boolean isInnermost(AiCall call) {
    return Trees.children(call).stream().noneMatch(Trees::hasCall);
  }

  private void visitCase(CaseWhen branches, List<Expression> guard) {
    List<Expression> notTaken = new ArrayList<>(guard);
    for (Tuple2<Expression, Expression> branch :
        Scala.<Tuple2<Expression, Expression>>list(branches.branches())) {
      visit(branch._1(), notTaken);
      visit(branch._2(), with(notTaken, branch._1()));
      notTaken.add(isNot(branch._1(), true));
    }
    if (branches.elseValue().isDefined()) {
      visit(branches.elseValue().get(), notTaken);
    }
  }

  private void visitCoalesce(Coalesce alternatives, List<Expression> guard) {
    List<Expression> allNull = new ArrayList<>(guard);
    for (Expression alternative : Trees.children(alternatives)) {
      visit(alternative, allNull);
      allNull.add(new IsNull(alternative));
    }
  }

  /** The side without a call decides first, whatever the order they were written in. */
  private void visitBoth(
      Expression left, Expression right, List<Expression> guard, boolean decides) {
    boolean swap = Trees.hasCall(left) && !Trees.hasCall(right);
    Expression first = swap ? right : left;
    Expression second = swap ? left : right;
    visit(first, guard);
    visit(second, with(guard, isNot(first, decides)));
  }

  private static List<Expression> with(List<Expression> guard, Expression more) {
    List<Expression> all = new ArrayList<>(guard);
    all.add(more);
    return all;
  }

  private static Expression isNot(Expression condition, boolean value) {
    Expression literal = value ? Literal.TrueLiteral() : Literal.FalseLiteral();
    return new Not(new EqualNullSafe(condition, literal));
  }
}
