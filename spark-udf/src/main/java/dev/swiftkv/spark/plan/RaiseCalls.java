package dev.swiftkv.spark.plan;

import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.GlobalLimit;
import org.apache.spark.sql.catalyst.plans.logical.Join;
import org.apache.spark.sql.catalyst.plans.logical.LocalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.Sort;
import org.apache.spark.sql.catalyst.plans.logical.Window;

/**
 * Calls below an operator that keeps only some rows go above it where it does not read their
 * answers: only rows that survive are asked. Above a join, above {@code dropDuplicates}, and above
 * a window whose rows a filter or a limit picks ({@code row_number() = 1}), which then follow them
 * down by {@link FiltersBelow} and {@link LimitsBelow}.
 *
 * <p>Never asks more prompts than before, see {@link RaiseAboveJoin}. Ends by itself: an operator
 * whose calls are above it has none to raise, and no rule moves calls down.
 */
final class RaiseCalls {
  private RaiseCalls() {}

  static LogicalPlan apply(LogicalPlan plan) {
    return Trees.up(plan, RaiseCalls::operator);
  }

  private static LogicalPlan operator(LogicalPlan operator) {
    if (operator instanceof Join join) {
      return RaiseAboveJoin.raise(join);
    }
    if (operator instanceof Aggregate aggregate) {
      return RaiseAboveFirst.raise(aggregate);
    }
    boolean picksRows =
        operator instanceof Filter
            || operator instanceof GlobalLimit
            || operator instanceof LocalLimit;
    return picksRows ? aboveWindow(operator) : operator;
  }

  /** A window alone keeps all rows: its calls stay where the tasks of the scan ask them. */
  private static LogicalPlan aboveWindow(LogicalPlan plan) {
    if (plan instanceof Window window) {
      PostponedCalls calls = PostponedCalls.of(window);
      return calls == null ? window : calls.above(calls.below(), Trees.output(window));
    }
    boolean passesOn =
        plan instanceof Filter
            || plan instanceof GlobalLimit
            || plan instanceof LocalLimit
            || plan instanceof Project
            || plan instanceof Sort;
    if (!passesOn) {
      return plan;
    }
    LogicalPlan input = Trees.onlyInput(plan);
    LogicalPlan raised = aboveWindow(input);
    return raised == input ? plan : Trees.withInput(plan, raised);
  }
}
