package dev.swiftkv.spark.plan;

import java.util.function.Function;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.QueryExecution;
import scala.Function1;
import scala.runtime.AbstractPartialFunction;

/** What the data source {@code swiftkv} needs of the analyzer. */
public final class SourceRules {
  private SourceRules() {}

  /**
   * Adds the rules. They must come before those that settle the calls of a query, because they
   * bring calls.
   */
  public static void inject(SparkSessionExtensions extensions) {
    extensions.injectPostHocResolutionRule(session -> new ResolveSwiftKvSource());
    try {
      Function1<org.apache.spark.sql.SparkSession, ResolveDirectQuery> rule =
          ResolveDirectQuery::new;
      extensions
          .getClass()
          .getMethod("injectHintResolutionRule", Function1.class)
          .invoke(extensions, rule);
    } catch (NoSuchMethodException e) {
      // Spark 3.5: no rule of ours runs before Spark itself refuses swiftkv.`path`.
      return;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Spark refused a rule of the data source swiftkv", e);
    }
  }

  /** {@code queryExecution} moved from {@code Dataset} to a subclass in Spark 4. */
  static LogicalPlan analyzed(Dataset<?> table) {
    try {
      return ((QueryExecution) table.getClass().getMethod("queryExecution").invoke(table))
          .analyzed();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          "This Spark's Dataset has no queryExecution; tested are 3.5, 4.0, 4.1 and 4.2", e);
    }
  }

  /** A rule for single nodes that answers the node itself where it has nothing to change. */
  static AbstractPartialFunction<LogicalPlan, LogicalPlan> nodes(
      Function<LogicalPlan, LogicalPlan> change) {
    return new AbstractPartialFunction<>() {
      @Override
      public boolean isDefinedAt(LogicalPlan node) {
        return true;
      }

      @Override
      @SuppressWarnings("unchecked")
      public <A extends LogicalPlan, B> B applyOrElse(A node, Function1<A, B> otherwise) {
        return (B) change.apply(node);
      }
    };
  }
}
