package dev.swiftkv.spark.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.Repartition;
import org.apache.spark.sql.catalyst.plans.logical.RepartitionByExpression;
import org.apache.spark.sql.catalyst.plans.logical.Sort;
import org.apache.spark.sql.catalyst.plans.logical.Statistics;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * What EXPLAIN says a node will ask, from Spark's statistics: a count of rows (of a range, of
 * constants, of a finished stage, of an analyzed table) and average lengths of columns ({@code
 * ANALYZE TABLE … FOR COLUMNS}). Where Spark knows nothing it says so; sizes of files say nothing
 * about prompts.
 */
final class Estimate {
  /** English text by a vocabulary of some ten thousand tokens. */
  private static final double BYTES_PER_TOKEN = 4;

  private final List<Expression> prompts;
  private final OptionalDouble rows;
  private final Statistics statistics;

  private Estimate(List<Expression> prompts, OptionalDouble rows, Statistics statistics) {
    this.prompts = prompts;
    this.rows = rows;
    this.statistics = statistics;
  }

  /** Such as {@code at most 100 prompts, about 2400 prompt tokens}. */
  static String of(AiEval eval) {
    List<Expression> prompts = new ArrayList<>();
    for (AiCall call : Scala.<AiCall>list(eval.calls())) {
      if (call.spec().groupOrNull() != null) {
        return "one prompt for each group, more for those that do not fit into one";
      }
      prompts.add(call.prompt());
    }
    return over(eval.child(), prompts).describe();
  }

  /** Spark counts the rows of sources, and of operators that add none only with its CBO on. */
  private static Estimate over(LogicalPlan plan, List<Expression> prompts) {
    if (plan instanceof Project project) {
      return over(
          project.child(), prompts.stream().map(part -> Columns.inline(part, project)).toList());
    }
    boolean addsNone =
        plan instanceof Filter
            || plan instanceof AiEval
            || plan instanceof Sort
            || plan instanceof Repartition
            || plan instanceof RepartitionByExpression;
    return addsNone
        ? over(Trees.onlyInput(plan), prompts)
        : new Estimate(prompts, rows(plan), plan.stats());
  }

  private static OptionalDouble rows(LogicalPlan source) {
    var counted = source.stats().rowCount();
    if (counted.isDefined()) {
      return OptionalDouble.of(counted.get().toDouble());
    }
    return source.maxRows().isDefined()
        ? OptionalDouble.of(((Number) source.maxRows().get()).doubleValue())
        : OptionalDouble.empty();
  }

  private String describe() {
    List<String> parts = new ArrayList<>();
    if (rows.isEmpty()) {
      parts.add("unknown number of prompts");
    } else {
      parts.add(
          String.format(Locale.ROOT, "at most %.0f prompts", rows.getAsDouble() * prompts.size()));
      OptionalDouble bytes = sum(prompts);
      parts.add(
          bytes.isPresent()
              ? String.format(
                  Locale.ROOT,
                  "about %.0f prompt tokens",
                  Math.ceil(rows.getAsDouble() * bytes.getAsDouble() / BYTES_PER_TOKEN))
              : "unknown number of prompt tokens");
    }
    return String.join(", ", parts);
  }

  /** Of the texts in an expression, as if it put them one behind the other. */
  private OptionalDouble bytes(Expression expression) {
    if (expression.foldable()) {
      Object value = expression.eval(null);
      return OptionalDouble.of(value instanceof UTF8String text ? text.numBytes() : 0);
    }
    if (expression instanceof Attribute attribute) {
      var column = statistics.attributeStats().get(attribute);
      boolean known =
          attribute.dataType() instanceof StringType
              && column.isDefined()
              && column.get().avgLen().isDefined();
      return known
          ? OptionalDouble.of(((Number) column.get().avgLen().get()).doubleValue())
          : OptionalDouble.empty();
    }
    return sum(Trees.children(expression));
  }

  /** Unknown if one of them is. */
  private OptionalDouble sum(List<Expression> expressions) {
    double bytes = 0;
    for (Expression child : expressions) {
      OptionalDouble part = bytes(child);
      if (part.isEmpty()) {
        return part;
      }
      bytes += part.getAsDouble();
    }
    return OptionalDouble.of(bytes);
  }
}
