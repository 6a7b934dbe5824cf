package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.SparkOptions;
import dev.swiftkv.spark.WindowSettings;
import dev.swiftkv.spark.batch.CallSetup;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.plans.physical.Partitioning;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.UnaryExecNode;
import org.apache.spark.sql.execution.metric.SQLMetric;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Map;
import scala.collection.immutable.Seq;

/** Runs an {@link AiEval}: the tasks of an executor share its engine. */
public final class AiEvalExec extends SparkPlan implements UnaryExecNode {
  private static final long serialVersionUID = 1L;

  private final Seq<AiCall> calls;
  private final Seq<Expression> guards;
  private final Seq<Attribute> results;
  private final WindowSettings window;
  private final boolean columnar;
  private final String estimate;
  private final transient AiMetrics metricsOrNull;
  private final SparkPlan child;
  private transient AiMetrics ownMetrics;

  /**
   * Parameters in the order of {@link #productElement}: Catalyst copies trees through this.
   *
   * @param metricsOrNull metrics that others count in too; null where the node has its own
   */
  public AiEvalExec(
      Seq<AiCall> calls,
      Seq<Expression> guards,
      Seq<Attribute> results,
      WindowSettings window,
      boolean columnar,
      String estimate,
      AiMetrics metricsOrNull,
      SparkPlan child) {
    this.calls = calls;
    this.guards = guards;
    this.results = results;
    this.window = window;
    this.columnar = columnar;
    this.estimate = estimate;
    this.metricsOrNull = metricsOrNull;
    this.child = child;
  }

  static AiEvalExec of(AiEval eval, SparkOptions options, SparkPlan child) {
    return new AiEvalExec(
        eval.calls(),
        eval.guards(),
        eval.results(),
        options.window(),
        options.columnar(),
        Estimate.of(eval),
        eval.metricsOrNull(),
        child);
  }

  // Built on first use: on the driver only, and after the node has its session. Spark guards its
  // lazy values with the node's lock, and so does this.
  private synchronized AiMetrics aiMetrics() {
    if (metricsOrNull != null) {
      return metricsOrNull;
    }
    if (ownMetrics == null) {
      ownMetrics = new AiMetrics(sparkContext());
    }
    return ownMetrics;
  }

  @Override
  public Map<String, SQLMetric> metrics() {
    return Scala.map(aiMetrics().all());
  }

  @Override
  public RDD<InternalRow> doExecute() {
    return child.execute().toJavaRDD().mapPartitions(task(), true).rdd();
  }

  @Override
  public boolean supportsColumnar() {
    return promptColumns().isPresent();
  }

  /** Never both: of a node that does either, Spark asks for rows and hands it columns. */
  @Override
  public boolean supportsRowBased() {
    return !supportsColumnar();
  }

  private Optional<int[]> promptColumns() {
    return columnar ? ArrowChildren.promptColumns(calls, guards, child) : Optional.empty();
  }

  @Override
  public RDD<ColumnarBatch> doExecuteColumnar() {
    ColumnTask columnTask = new ColumnTask(task(), promptColumns().orElseThrow());
    return child.executeColumnar().toJavaRDD().mapPartitions(columnTask, true).rdd();
  }

  private EvalTask task() {
    List<CallSetup> setups = new ArrayList<>();
    List<Expression> prompts = new ArrayList<>();
    for (AiCall call : Scala.<AiCall>list(calls)) {
      setups.add(CallSetup.of(call.spec()));
      prompts.add(call.prompt());
    }
    return new EvalTask(
        setups,
        prompts,
        Scala.list(guards),
        Scala.list(child.output()),
        Scala.list(results),
        window,
        aiMetrics());
  }

  @Override
  public String argString(int maxFields) {
    return AiEval.describe(calls, guards, results) + ", " + estimate;
  }

  @Override
  public SparkPlan child() {
    return child;
  }

  @Override
  public Seq<SparkPlan> children() {
    return Scala.seq(List.of(child));
  }

  @Override
  public Seq<Attribute> output() {
    List<Attribute> output = Scala.list(child.output());
    output.addAll(Scala.list(results));
    return Scala.seq(output);
  }

  @Override
  public AttributeSet producedAttributes() {
    return AiEval.attributeSet(results);
  }

  @Override
  public Partitioning outputPartitioning() {
    return child.outputPartitioning();
  }

  @Override
  public Seq<SortOrder> outputOrdering() {
    return child.outputOrdering();
  }

  @Override
  public SparkPlan withNewChildrenInternal(IndexedSeq<SparkPlan> children) {
    return withNewChildInternal(children.apply(0));
  }

  @Override
  public SparkPlan withNewChildInternal(SparkPlan newChild) {
    return new AiEvalExec(
        calls, guards, results, window, columnar, estimate, metricsOrNull, newChild);
  }

  @Override
  public Object productElement(int n) {
    return switch (n) {
      case 0 -> calls;
      case 1 -> guards;
      case 2 -> results;
      case 3 -> window;
      case 4 -> columnar;
      case 5 -> estimate;
      case 6 -> metricsOrNull;
      default -> child;
    };
  }

  @Override
  public int productArity() {
    return 8;
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof AiEvalExec;
  }

  // Equal nodes are equal objects, or no exchange is ever reused. What is expected of them changes
  // as a query runs and makes no difference.
  @Override
  public boolean equals(Object other) {
    return other instanceof AiEvalExec exec
        && exec.calls.equals(calls)
        && exec.guards.equals(guards)
        && exec.results.equals(results)
        && exec.window.equals(window)
        && exec.columnar == columnar
        && exec.child.equals(child);
  }

  @Override
  public int hashCode() {
    return calls.hashCode() * 31 + child.hashCode();
  }
}
