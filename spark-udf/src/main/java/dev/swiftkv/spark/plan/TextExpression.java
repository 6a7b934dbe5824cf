package dev.swiftkv.spark.plan;

import java.io.Serializable;
import java.util.Collections;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.analysis.TypeCheckResult;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ImplicitCastInputTypes;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenContext;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenFallback;
import org.apache.spark.sql.catalyst.expressions.codegen.ExprCode;
import org.apache.spark.sql.types.AbstractDataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.types.UTF8String;
import scala.collection.immutable.Seq;

/** A function of texts that is computed where it stands; null where one of them is. */
abstract class TextExpression extends Expression
    implements CodegenFallback, ImplicitCastInputTypes, Serializable {
  private static final long serialVersionUID = 1L;

  private final String name;
  private final Seq<Expression> arguments;

  TextExpression(String name, Seq<Expression> arguments) {
    this.name = name;
    this.arguments = arguments;
  }

  /** The value for texts that are not null. */
  abstract Object value(List<UTF8String> texts);

  @Override
  public Object eval(InternalRow row) {
    UTF8String[] texts = new UTF8String[arguments.size()];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = (UTF8String) arguments.apply(i).eval(row);
      if (texts[i] == null) {
        return null;
      }
    }
    return value(List.of(texts));
  }

  @Override
  public Seq<AbstractDataType> inputTypes() {
    return Scala.seq(Collections.nCopies(arguments.size(), DataTypes.StringType));
  }

  // In Java a class's method wins over a trait's default: these two say which one is meant.

  @Override
  public TypeCheckResult checkInputDataTypes() {
    return ImplicitCastInputTypes.super.checkInputDataTypes();
  }

  @Override
  public ExprCode doGenCode(CodegenContext context, ExprCode code) {
    return CodegenFallback.super.doGenCode(context, code);
  }

  @Override
  public Seq<Expression> children() {
    return arguments;
  }

  @Override
  public boolean nullable() {
    return true;
  }

  /** Where a value is computed must not depend on its arguments being constant. */
  @Override
  public boolean foldable() {
    return false;
  }

  @Override
  public String prettyName() {
    return name;
  }

  @Override
  public String toString() {
    return name + arguments.mkString("(", ", ", ")");
  }
}
