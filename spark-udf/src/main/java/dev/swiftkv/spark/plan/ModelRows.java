package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.functions.ModelTable;
import java.util.List;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.Inline;
import org.apache.spark.sql.catalyst.plans.logical.Generate;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.OneRowRelation;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.Function1;
import scala.Option;
import scala.Tuple3;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/**
 * The table function {@code ai_models()}: the {@link ModelTable} of the JVM that runs it, gathered
 * when the query runs.
 */
public final class ModelRows extends TextExpression {
  private static final long serialVersionUID = 1L;
  private static final String NAME = "ai_models";

  /** Takes no arguments. */
  public ModelRows() {
    super(NAME, Scala.nil());
  }

  /** What Spark's registry wants to know about the function. */
  static Tuple3<FunctionIdentifier, ExpressionInfo, Function1<Seq<Expression>, LogicalPlan>>
      description() {
    Function1<Seq<Expression>, LogicalPlan> builder = arguments -> table(arguments.size());
    ExpressionInfo info =
        new ExpressionInfo(
            ModelRows.class.getName(),
            /* db */ null,
            NAME,
            "ai_models() - Returns a row for each engine of the executor that runs it and for each"
                + " built-in model that it has not loaded: name, path, architecture, parameters,"
                + " context_tokens, device, status.",
            /* arguments */ "",
            "\n    Examples:\n      > SELECT name, status, device FROM ai_models();\n  ",
            /* note */ "",
            /* group */ "table_funcs",
            /* since */ "0.1.0",
            /* deprecated */ "",
            /* source */ "built-in");
    return new Tuple3<>(new FunctionIdentifier(NAME), info, builder);
  }

  private static LogicalPlan table(int arguments) {
    if (arguments > 0) {
      throw CallException.of("Function ai_models takes no arguments, got %d".formatted(arguments));
    }
    return new Generate(
        new Inline(new ModelRows()),
        /* unrequiredChildIndex */ Scala.nil(),
        /* outer */ false,
        /* qualifier */ Option.empty(),
        /* generatorOutput */ Scala.nil(),
        new OneRowRelation());
  }

  @Override
  Object value(List<UTF8String> texts) {
    return new GenericArrayData(ModelTable.rows().stream().map(ModelRows::internal).toArray());
  }

  private static InternalRow internal(Object[] row) {
    Object[] values = row.clone();
    for (int i = 0; i < values.length; i++) {
      values[i] = values[i] instanceof String text ? UTF8String.fromString(text) : values[i];
    }
    return new GenericInternalRow(values);
  }

  @Override
  public DataType dataType() {
    return new ArrayType(ModelTable.TYPE, /* containsNull= */ false);
  }

  @Override
  public Expression withNewChildrenInternal(IndexedSeq<Expression> children) {
    return this;
  }

  @Override
  public Object productElement(int n) {
    throw new IndexOutOfBoundsException(n);
  }

  @Override
  public int productArity() {
    return 0;
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof ModelRows;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ModelRows;
  }

  @Override
  public int hashCode() {
    return NAME.hashCode();
  }
}
