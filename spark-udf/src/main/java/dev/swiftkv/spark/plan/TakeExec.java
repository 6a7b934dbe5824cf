package dev.swiftkv.spark.plan;

import java.util.Arrays;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.plans.physical.Partitioning;
import org.apache.spark.sql.catalyst.plans.physical.UnknownPartitioning;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.UnaryExecNode;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/**
 * The first rows of the child, fetched as {@code show()} does it (one partition, then more), then
 * spread over all tasks again. Below an AI node this gives exactly as many prompts as rows, a lazy
 * scan and all tasks at work; each of Spark's own limits gives one of the three.
 */
public final class TakeExec extends SparkPlan implements UnaryExecNode {
  private static final long serialVersionUID = 1L;

  private final int rows;
  private final SparkPlan child;

  /** Parameters in the order of {@link #productElement}: Catalyst copies trees through this. */
  public TakeExec(int rows, SparkPlan child) {
    this.rows = rows;
    this.child = child;
  }

  @Override
  public RDD<InternalRow> doExecute() {
    List<InternalRow> taken = Arrays.asList(child.executeTake(rows));
    return new JavaSparkContext(sparkContext()).parallelize(taken, partitions()).rdd();
  }

  private int partitions() {
    return Math.max(1, Math.min(rows, sparkContext().defaultParallelism()));
  }

  @Override
  public String nodeName() {
    return "Take";
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
    return child.output();
  }

  @Override
  public Partitioning outputPartitioning() {
    return new UnknownPartitioning(partitions());
  }

  @Override
  public Seq<SortOrder> outputOrdering() {
    return Scala.nil();
  }

  @Override
  public SparkPlan withNewChildrenInternal(IndexedSeq<SparkPlan> children) {
    return withNewChildInternal(children.apply(0));
  }

  @Override
  public SparkPlan withNewChildInternal(SparkPlan newChild) {
    return new TakeExec(rows, newChild);
  }

  @Override
  public Object productElement(int n) {
    return n == 0 ? (Object) rows : child;
  }

  @Override
  public int productArity() {
    return 2;
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof TakeExec;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TakeExec take && take.rows == rows && take.child.equals(child);
  }

  @Override
  public int hashCode() {
    return rows * 31 + child.hashCode();
  }
}
