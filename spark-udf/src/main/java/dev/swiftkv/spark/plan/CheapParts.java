package dev.swiftkv.spark.plan;

import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Or;

/**
 * What a condition with calls demands of columns alone: {@code id = 7 OR id = 8 AND ai_filter(…)}
 * keeps only rows with {@code id = 7 OR id = 8}. Every call counts as true, which keeps more rows
 * and never fewer, because AND and OR only grow with their parts.
 */
final class CheapParts {
  private CheapParts() {}

  /** Empty where the condition demands nothing of columns alone. */
  static Optional<Expression> of(Expression condition) {
    if (!Trees.hasCall(condition)) {
      // Evaluated here and again where it was written: a drawn one would be drawn twice.
      return condition.deterministic() ? Optional.of(condition) : Optional.empty();
    }
    if (condition instanceof And and) {
      Optional<Expression> left = of(and.left());
      Optional<Expression> right = of(and.right());
      return left.isPresent() && right.isPresent()
          ? Optional.of(new And(left.get(), right.get()))
          : left.or(() -> right);
    }
    if (condition instanceof Or or) {
      Optional<Expression> left = of(or.left());
      Optional<Expression> right = of(or.right());
      return left.isPresent() && right.isPresent()
          ? Optional.of(new Or(left.get(), right.get()))
          : Optional.empty();
    }
    return Optional.empty();
  }
}
