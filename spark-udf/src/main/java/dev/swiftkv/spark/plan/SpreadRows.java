package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.Repartitioning;
import dev.swiftkv.spark.SparkOptions;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.GlobalLimit;
import org.apache.spark.sql.catalyst.plans.logical.Join;
import org.apache.spark.sql.catalyst.plans.logical.LocalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.Repartition;
import org.apache.spark.sql.catalyst.plans.logical.RepartitionByExpression;
import org.apache.spark.sql.catalyst.plans.logical.Window;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;

/**
 * Spreads the rows over more tasks before they are asked, as {@code spark.swiftkv.repartition}
 * says. Spark sizes tasks by bytes, and a few megabytes of prompts are hours of work: a file of one
 * row group is one task whatever its size, and a shuffle's partitions are merged into one.
 *
 * <p>{@code auto} only acts where it helps: with one executor a single task already fills its
 * engine, with several the others would have nothing to do.
 *
 * <p>Never below an order, which it would destroy, nor below a limit, which would no longer be
 * lazy: a small one is spread by {@link AiStrategy}, and above a large one, whose rows are all in
 * one partition, they are spread here, so that the shuffle is part of the logical plan and adaptive
 * execution keeps it. Nor over a partitioning that the query asks for. Runs once after all moves
 * are done, because they stop at a shuffle, and leaves its own result alone.
 */
final class SpreadRows extends Rule<LogicalPlan> {
  /** Fewer rows, or fewer bytes where rows are not counted, are asked sooner than shuffled. */
  private static final int MIN_ROWS = 32;

  private static final long MIN_BYTES = 32 << 10;

  private final SparkSession session;

  SpreadRows(SparkSession session) {
    this.session = session;
  }

  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    if (!Trees.mentionsAi(plan) || plan.isStreaming()) {
      return plan;
    }
    SparkOptions options = SessionOptions.of(session);
    return options.repartitioning() instanceof Repartitioning.Off
        ? plan
        : Trees.up(plan, node -> node instanceof AiEval eval ? spread(eval, options) : node);
  }

  private LogicalPlan spread(AiEval eval, SparkOptions options) {
    LogicalPlan child = eval.child();
    Repartitioning wanted = options.repartitioning();
    if (AiStrategy.rowsOfLimit(child).orElse(0) > options.takeRows()) {
      return eval.withNewChildInternal(PromptPrefix.byPrompt(eval, partitions(wanted)));
    }
    LogicalPlan source = source(child);
    boolean placed =
        source instanceof AiEval
            || source instanceof Repartition
            || source instanceof RepartitionByExpression
            || source instanceof GlobalLimit
            || source instanceof LocalLimit
            || !child.outputOrdering().isEmpty()
            || source.maxRows().exists(rows -> ((Number) rows).longValue() <= 1);
    int partitions =
        wanted instanceof Repartitioning.Fixed fixed ? fixed.partitions() : partitions(source);
    return placed || partitions == 0
        ? eval
        : eval.withNewChildInternal(PromptPrefix.byPrefix(eval, partitions));
  }

  /** Of rows that are all in one. */
  private int partitions(Repartitioning wanted) {
    return wanted instanceof Repartitioning.Fixed fixed
        ? fixed.partitions()
        : session.sparkContext().defaultParallelism();
  }

  /** Where the rows' partitions come from. */
  private static LogicalPlan source(LogicalPlan plan) {
    boolean keeps = plan instanceof Project || plan instanceof Filter;
    return keeps ? source(Trees.onlyInput(plan)) : plan;
  }

  /** 0 where the source has enough by itself, or too little. */
  private int partitions(LogicalPlan source) {
    SparkContext context = session.sparkContext();
    int slots = context.defaultParallelism();
    boolean helps = executors(context) > 1 && leavesSlots(source, slots) && isWorthIt(source);
    return helps ? slots : 0;
  }

  private static int executors(SparkContext context) {
    int known = context.statusTracker().getExecutorInfos().length;
    return context.isLocal() ? 1 : known - 1; // the driver is listed too
  }

  private static boolean leavesSlots(LogicalPlan source, int slots) {
    if (source instanceof LogicalRelation relation) {
      // A file may be one row group however long it is.
      return relation.relation() instanceof HadoopFsRelation files
          && files.location().inputFiles().length < slots;
    }
    return source instanceof Aggregate || source instanceof Join || source instanceof Window;
  }

  private static boolean isWorthIt(LogicalPlan source) {
    var rows = source.stats().rowCount();
    return rows.isDefined()
        ? rows.get().toLong() >= MIN_ROWS
        : source.stats().sizeInBytes().$greater$eq(scala.math.BigInt.apply(MIN_BYTES));
  }
}
