package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.functions.TableFunction;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.analysis.MultiInstanceRelation;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.plans.logical.LeafNode;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Statistics;
import org.apache.spark.sql.catalyst.plans.logical.Statistics$;
import org.apache.spark.sql.types.StructField;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;
import scala.math.BigInt;

/** A {@link TableFunction} in a query: a table of a few rows that only the driver can give. */
public final class DriverTable extends LogicalPlan implements LeafNode, MultiInstanceRelation {
  private static final long serialVersionUID = 1L;
  private static final long FEW_BYTES = 10_000;

  private final String function;
  private final Seq<String> arguments;
  private final Seq<Attribute> output;

  /** Parameters in the order of {@link #productElement}: Catalyst copies trees through this. */
  public DriverTable(String function, Seq<String> arguments, Seq<Attribute> output) {
    this.function = function;
    this.arguments = arguments;
    this.output = output;
  }

  static DriverTable of(TableFunction function, List<String> arguments) {
    List<Attribute> output = new ArrayList<>();
    for (StructField column : function.columns().fields()) {
      output.add(Trees.attribute(column.name(), column.dataType()));
    }
    return new DriverTable(function.name(), Scala.seq(arguments), Scala.seq(output));
  }

  String function() {
    return function;
  }

  Seq<String> arguments() {
    return arguments;
  }

  @Override
  public Seq<Attribute> output() {
    return output;
  }

  /** The same table with columns of its own, for a query that reads it twice. */
  @Override
  public LogicalPlan newInstance() {
    List<Attribute> columns = new ArrayList<>();
    for (Attribute column : Scala.<Attribute>list(output)) {
      columns.add(column.newInstance());
    }
    return new DriverTable(function, arguments, Scala.seq(columns));
  }

  @Override
  public Statistics computeStats() {
    return new Statistics(
        BigInt.apply(FEW_BYTES),
        Statistics$.MODULE$.apply$default$2(),
        Statistics$.MODULE$.apply$default$3(),
        /* isRuntime */ false);
  }

  @Override
  public String argString(int maxFields) {
    return function + arguments.mkString("(", ", ", ")");
  }

  @Override
  public Seq<LogicalPlan> children() {
    return Scala.nil();
  }

  @Override
  public LogicalPlan withNewChildrenInternal(IndexedSeq<LogicalPlan> children) {
    return this;
  }

  @Override
  public Object productElement(int n) {
    return switch (n) {
      case 0 -> function;
      case 1 -> arguments;
      default -> output;
    };
  }

  @Override
  public int productArity() {
    return 3;
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof DriverTable;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DriverTable table
        && table.function.equals(function)
        && table.arguments.equals(arguments)
        && table.output.equals(output);
  }

  @Override
  public int hashCode() {
    return function.hashCode() * 31 + output.hashCode();
  }
}
