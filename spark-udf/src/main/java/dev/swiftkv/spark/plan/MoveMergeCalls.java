package dev.swiftkv.spark.plan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.EqualNullSafe;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.If;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.Not;
import org.apache.spark.sql.catalyst.expressions.Or;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.MergeRows;
import scala.collection.immutable.Seq;

/**
 * Moves calls out of the clauses of {@code MERGE INTO}, where Spark allows nothing
 * nondeterministic: a condition or an assigned value that holds a call becomes a column of the
 * joined rows, computed only for the rows that reach its clause.
 *
 * <pre>
 * WHEN MATCHED AND o.open THEN UPDATE SET answer = ai_gen(s.question)
 *   becomes the column
 * if(row of o AND row of s AND o.open, ai_gen(s.question), null)
 * </pre>
 */
final class MoveMergeCalls {
  private final MergeRows merge;
  private final Map<Expression, Expression> reached = new LinkedHashMap<>();
  private final Map<Expression, Expression> calling = new LinkedHashMap<>();

  private MoveMergeCalls(MergeRows merge) {
    this.merge = merge;
  }

  /** The operator itself where its clauses hold no calls. */
  static LogicalPlan move(MergeRows merge) {
    return Trees.hasCall(merge) ? new MoveMergeCalls(merge).move() : merge;
  }

  private LogicalPlan move() {
    Expression source = merge.isSourceRowPresent();
    Expression target = merge.isTargetRowPresent();
    clauses(merge.matchedInstructions(), List.of(source, target));
    clauses(merge.notMatchedInstructions(), List.of(source, new Not(target)));
    clauses(merge.notMatchedBySourceInstructions(), List.of(target, new Not(source)));

    Map<Expression, Alias> columns = new LinkedHashMap<>();
    calling.forEach(
        (key, expression) -> {
          Expression none = Literal.create(null, expression.dataType());
          columns.put(key, Trees.alias(new If(reached.get(key), expression, none), "_ai"));
        });
    LogicalPlan reading =
        Trees.expressionsDown(
            merge,
            expression -> {
              Alias column = columns.get(expression.canonicalized());
              return column == null ? expression : (Expression) column.toAttribute();
            });
    return Trees.withInput(
        reading, Trees.withColumns(merge.child(), List.copyOf(columns.values())));
  }

  /** Clauses of one kind: the first whose condition is true takes the row. */
  private void clauses(Seq<MergeRows.Instruction> instructions, List<Expression> kind) {
    List<Expression> open = new ArrayList<>(kind);
    for (MergeRows.Instruction clause : Scala.<MergeRows.Instruction>list(instructions)) {
      Expression condition = clause.condition();
      note(condition, Trees.and(open));
      List<Expression> taken = new ArrayList<>(open);
      taken.add(condition);
      for (Expression value : Trees.children((Expression) clause)) {
        if (value != condition) {
          note(value, Trees.and(taken));
        }
      }
      open.add(new Not(new EqualNullSafe(condition, Literal.TrueLiteral())));
    }
  }

  private void note(Expression expression, Expression when) {
    if (Trees.hasCall(expression)) {
      calling.putIfAbsent(expression.canonicalized(), expression);
      reached.merge(expression.canonicalized(), when, Or::new);
    }
  }
}
