package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.SparkOptions;
import dev.swiftkv.spark.batch.EngineReports;
import dev.swiftkv.spark.functions.CallSpec;
import dev.swiftkv.spark.functions.EngineReport;
import dev.swiftkv.spark.functions.EstimateTable;
import dev.swiftkv.spark.functions.EstimateTable.Asked;
import dev.swiftkv.spark.functions.TokenRate;
import dev.swiftkv.spark.plan.AiEval.Column;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.GlobalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LocalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Repartition;
import org.apache.spark.sql.catalyst.plans.logical.RepartitionByExpression;
import org.apache.spark.sql.catalyst.plans.logical.Sort;
import org.apache.spark.sql.catalyst.plans.logical.Window;

/** What a query would ask, from its optimized plan, its data and the tokenizers. */
final class QueryEstimate {
  private static final String MANY_ANSWERS =
      "its rows depend on answers in a join, in groups or in generated rows";

  private final SparkSession session;
  private final SparkOptions options;
  private final List<EngineReport> engines;
  private final int executors;
  private final List<Row> rows = new ArrayList<>();

  /** Equal nodes are asked once, and their answers shared. */
  private final Set<LogicalPlan> seen = new HashSet<>();

  QueryEstimate(SparkSession session) {
    this.session = session;
    options = SessionOptions.of(session);
    EngineReports known = EngineReports.of(session.sparkContext());
    engines = TableFunctions.reports(session).stream().filter(known::isAlive).toList();
    int listed = session.sparkContext().statusTracker().getExecutorInfos().length;
    // A cluster's driver is among them and runs no tasks.
    executors = session.sparkContext().isLocal() ? 1 : Math.max(1, listed - 1);
  }

  /** Rows of {@link EstimateTable#FUNCTION}, calls that run first in front. */
  static List<Row> rows(SparkSession session, String query) {
    QueryEstimate estimate = new QueryEstimate(session);
    estimate.visit(Planning.optimizedQuery(session, query), /* mayStop */ false);
    return estimate.rows.isEmpty() ? List.of(EstimateTable.withoutCalls()) : estimate.rows;
  }

  /**
   * Adds the rows of a plan.
   *
   * @param mayStop whether a limit above may have enough before all rows are read
   */
  private void visit(LogicalPlan plan, boolean mayStop) {
    boolean stops = (mayStop && !readsAll(plan)) || isLimit(plan);
    Trees.inputs(plan).forEach(input -> visit(input, stops));
    Scala.<LogicalPlan>list(plan.subqueries()).forEach(query -> visit(query, false));
    if (plan instanceof AiEval eval && seen.add(eval.canonicalized())) {
      AssumedAnswers input = new AssumedAnswers(eval.child());
      eval.columns().forEach(column -> rows.add(row(column, input, mayStop)));
    }
    Trees.expressions(plan).forEach(this::visitRowCalls);
  }

  private static boolean isLimit(LogicalPlan plan) {
    return plan instanceof GlobalLimit || plan instanceof LocalLimit;
  }

  private static boolean readsAll(LogicalPlan plan) {
    return plan instanceof Aggregate
        || plan instanceof Sort
        || plan instanceof Window
        || plan instanceof Repartition
        || plan instanceof RepartitionByExpression;
  }

  private void visitRowCalls(Expression expression) {
    if (expression instanceof RowCall call) {
      rows.add(unknown(call.spec(), "asked for each element of an array, as in transform"));
    }
    Trees.children(expression).forEach(this::visitRowCalls);
  }

  private static Row unknown(CallSpec spec, String note) {
    return EstimateTable.unknown(spec.function(), spec.engine().model(), note);
  }

  private Row row(Column column, AssumedAnswers input, boolean mayStop) {
    CallSpec spec = column.call().spec();
    if (input.rowsUnknown()) {
      return unknown(spec, MANY_ANSWERS);
    }
    List<EngineReport> reports = TokenRate.about(spec.engine().model(), engines);
    CallEstimate estimate =
        new CallEstimate(
            AssumedAnswers.withoutWeights(spec),
            options.window().cacheBytes() > 0 ? executors : 0,
            TokenRate.meanCompletion(reports));
    Asked asked = estimate.run(session, texts(column, input));
    return EstimateTable.row(
        spec.function(),
        spec.engine().model(),
        asked,
        TokenRate.of(reports, options.tokensPerSecond()).orElse(null),
        executors,
        String.join("; ", notes(column, input, mayStop, estimate)));
  }

  private static List<String> notes(
      Column column, AssumedAnswers input, boolean mayStop, CallEstimate estimate) {
    List<String> notes = new ArrayList<>();
    if (input.droppedFilters() || input.isReadBy(column.guard())) {
      notes.add("at most: conditions on answers are taken to be true");
    }
    if (mayStop) {
      notes.add("at most: a LIMIT may be reached before all rows are asked");
    }
    if (input.isReadBy(column.call().prompt())) {
      notes.add("answers inside prompts are taken to be as long as they may be");
    }
    if (estimate.hasParts()) {
      notes.add("answers that are combined are taken to be as long as they may be");
    }
    estimate.failures().ifPresent(notes::add);
    return notes;
  }

  /** The texts of the rows that are asked, in a column {@code text}. */
  private Dataset<Row> texts(Column column, AssumedAnswers input) {
    List<Expression> known = new ArrayList<>(Trees.conjuncts(column.guard()));
    known.removeIf(input::isReadBy);
    LogicalPlan kept = new Filter(Trees.and(known), input.plan());
    Expression text = input.assumed(column.call().prompt());
    LogicalPlan texts = Trees.project(List.of(Trees.alias(text, "text")), kept);
    return Planning.table(session, texts).na().drop();
  }
}
