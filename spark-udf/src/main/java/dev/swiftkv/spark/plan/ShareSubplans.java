package dev.swiftkv.spark.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.plans.logical.CTERelationDef;
import org.apache.spark.sql.catalyst.plans.logical.Command;
import org.apache.spark.sql.catalyst.plans.logical.Join;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Union;
import org.apache.spark.sql.catalyst.plans.logical.WithCTE;
import org.apache.spark.sql.catalyst.rules.Rule;

/**
 * A view with calls that a query reads twice is computed once: equal subplans whose top operator
 * holds a call become one common table expression. Spark shuffles the rows of a nondeterministic
 * one once and pushes the filters and columns of its readers into it.
 */
final class ShareSubplans extends Rule<LogicalPlan> {
  private final SparkSession session;

  ShareSubplans(SparkSession session) {
    this.session = session;
  }

  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    // Dataset.join insists that the analyzed plan of a self join is a Join.
    boolean untouchable =
        plan instanceof Command || plan instanceof Join || !plan.resolved() || plan.isStreaming();
    if (untouchable || !Trees.mentionsAi(plan) || !SessionOptions.of(session).optimize()) {
      return plan;
    }

    Map<LogicalPlan, Integer> readers = new HashMap<>();
    count(plan, readers);
    if (readers.values().stream().noneMatch(count -> count > 1)) {
      return plan;
    }
    Map<LogicalPlan, CTERelationDef> shared = new LinkedHashMap<>();
    LogicalPlan reading = share(plan, readers, shared);
    return new WithCTE(reading, Scala.seq(List.copyOf(shared.values())));
  }

  /** Only the topmost of nested subplans would be shared; the inner ones are counted with it. */
  private static void count(LogicalPlan plan, Map<LogicalPlan, Integer> readers) {
    if (isCandidate(plan)) {
      readers.merge(plan.canonicalized(), 1, Integer::sum);
    }
    if (!isBoundary(plan)) {
      Trees.inputs(plan).forEach(input -> count(input, readers));
    }
  }

  private static boolean isCandidate(LogicalPlan plan) {
    return Trees.hasCall(plan) && !plan.children().isEmpty();
  }

  /** Not across a Union either: sharing would stop limits from reaching its branches. */
  private static boolean isBoundary(LogicalPlan plan) {
    return plan instanceof WithCTE || plan instanceof CTERelationDef || plan instanceof Union;
  }

  private static LogicalPlan share(
      LogicalPlan plan,
      Map<LogicalPlan, Integer> readers,
      Map<LogicalPlan, CTERelationDef> shared) {
    if (isCandidate(plan) && readers.getOrDefault(plan.canonicalized(), 0) > 1) {
      CTERelationDef definition =
          shared.computeIfAbsent(plan.canonicalized(), key -> CommonTables.definition(plan));
      return CommonTables.reference(definition, plan);
    }
    if (isBoundary(plan)) {
      return plan;
    }
    List<LogicalPlan> inputs = new ArrayList<>();
    boolean changed = false;
    for (LogicalPlan input : Trees.inputs(plan)) {
      LogicalPlan reading = share(input, readers, shared);
      changed |= reading != input;
      inputs.add(reading);
    }
    return changed ? Trees.withInputs(plan, inputs) : plan;
  }
}
