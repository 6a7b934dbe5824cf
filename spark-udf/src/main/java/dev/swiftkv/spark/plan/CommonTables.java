package dev.swiftkv.spark.plan;

import java.lang.reflect.Constructor;
import java.util.Arrays;
import java.util.Comparator;
import org.apache.spark.sql.catalyst.plans.logical.CTERelationDef;
import org.apache.spark.sql.catalyst.plans.logical.CTERelationRef;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;

/**
 * Common table expressions in every version of Spark: the leading parameters of their constructors
 * are the same, those behind them have defaults and differ.
 */
final class CommonTables {
  private CommonTables() {}

  static CTERelationDef definition(LogicalPlan plan) {
    return create(CTERelationDef.class, plan, CTERelationDef.newId());
  }

  /** Same attribute identifiers as the plan it stands for: nothing above changes. */
  static LogicalPlan reference(CTERelationDef definition, LogicalPlan plan) {
    return create(
        CTERelationRef.class,
        definition.id(),
        /* resolved */ true,
        plan.output(),
        /* isStreaming */ false);
  }

  private static <T> T create(Class<T> type, Object... leading) {
    Constructor<?> constructor =
        Arrays.stream(type.getConstructors())
            .max(Comparator.comparingInt(Constructor::getParameterCount))
            .orElseThrow();
    Object[] arguments = Arrays.copyOf(leading, constructor.getParameterCount());
    try {
      for (int i = leading.length; i < arguments.length; i++) {
        // How Scala names the default of a constructor's parameter, counted from 1.
        arguments[i] =
            type.getMethod("$lessinit$greater$default$" + (i + 1)).invoke(/* static */ null);
      }
      return type.cast(constructor.newInstance(arguments));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          "This Spark has another %s; tested are 3.5, 4.0, 4.1 and 4.2"
              .formatted(type.getSimpleName()),
          e);
    }
  }
}
