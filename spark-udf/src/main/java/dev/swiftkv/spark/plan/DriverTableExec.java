package dev.swiftkv.spark.plan;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.CatalystTypeConverters$;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.execution.LeafExecNode;
import org.apache.spark.sql.execution.SparkPlan;
import scala.Function1;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/** Computes a {@link DriverTable} on the driver, anew whenever it is executed. */
public final class DriverTableExec extends SparkPlan implements LeafExecNode {
  private static final long serialVersionUID = 1L;

  private final String function;
  private final Seq<String> arguments;
  private final Seq<Attribute> output;
  private final transient SparkSession owner;

  /** Parameters in the order of {@link #productElement}: Catalyst copies trees through this. */
  public DriverTableExec(
      String function, Seq<String> arguments, Seq<Attribute> output, SparkSession owner) {
    this.function = function;
    this.arguments = arguments;
    this.output = output;
    this.owner = owner;
  }

  static DriverTableExec of(DriverTable table, SparkSession session) {
    return new DriverTableExec(table.function(), table.arguments(), table.output(), session);
  }

  @Override
  public RDD<InternalRow> doExecute() {
    TableFunctions.Entry entry = TableFunctions.named(function);
    Function1<Object, Object> converter =
        CatalystTypeConverters$.MODULE$.createToCatalystConverter(entry.function().columns());
    UnsafeProjection projection =
        UnsafeProjection.create(Scala.<Expression>seq(Scala.<Attribute>list(output)), output);
    List<InternalRow> rows = new ArrayList<>();
    for (Row row : entry.rows().of(owner, Scala.list(arguments))) {
      rows.add(projection.apply((InternalRow) converter.apply(row)).copy());
    }
    return new JavaSparkContext(sparkContext()).parallelize(rows, 1).rdd();
  }

  @Override
  public String nodeName() {
    return "DriverTable";
  }

  @Override
  public String argString(int maxFields) {
    return function + arguments.mkString("(", ", ", ")");
  }

  @Override
  public Seq<Attribute> output() {
    return output;
  }

  @Override
  public Seq<SparkPlan> children() {
    return Scala.nil();
  }

  @Override
  public SparkPlan withNewChildrenInternal(IndexedSeq<SparkPlan> children) {
    return this;
  }

  @Override
  public Object productElement(int n) {
    return switch (n) {
      case 0 -> function;
      case 1 -> arguments;
      case 2 -> output;
      default -> owner;
    };
  }

  @Override
  public int productArity() {
    return 4;
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof DriverTableExec;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DriverTableExec exec
        && exec.function.equals(function)
        && exec.arguments.equals(arguments)
        && exec.output.equals(output);
  }

  @Override
  public int hashCode() {
    return function.hashCode() * 31 + output.hashCode();
  }
}
