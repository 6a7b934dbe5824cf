package dev.swiftkv.spark.plan;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.spark.SparkOptions;
import dev.swiftkv.spark.batch.CallSetup;
import dev.swiftkv.spark.batch.RowByRow;
import dev.swiftkv.spark.functions.CallSpec;
import dev.swiftkv.spark.functions.CompletionRecord;
import java.io.Serializable;
import java.util.Locale;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.Unevaluable;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenContext;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenFallback;
import org.apache.spark.sql.catalyst.expressions.codegen.ExprCode;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * A call that is evaluated where it stands: it waits for each answer before it asks the next.
 *
 * <p>Marked unevaluable so that the optimizer does not ask the model itself, on the driver, where
 * the input is a list of constants.
 */
public final class RowCall extends Expression
    implements CodegenFallback, Unevaluable, Serializable {
  private static final long serialVersionUID = 1L;

  private final CallSpec spec;
  private final Seq<Expression> arguments;
  private transient RowByRow engine;

  /** Parameters in the order of {@link #productElement}: Catalyst copies trees through this. */
  public RowCall(CallSpec spec, Seq<Expression> arguments) {
    this.spec = spec;
    this.arguments = arguments;
  }

  CallSpec spec() {
    return spec;
  }

  @Override
  public Object eval(InternalRow row) {
    UTF8String prompt = (UTF8String) arguments.apply(0).eval(row);
    if (prompt == null) {
      return null;
    }
    if (engine == null) {
      engine = RowByRow.open(CallSetup.of(spec), cacheBytes());
    }
    return record(engine.ask(prompt));
  }

  /** In a task, Spark's configuration is that of the session which runs the query. */
  private static long cacheBytes() {
    return SparkOptions.of(CollectionConverters.asJava(SQLConf.get().getAllConfs()))
        .window()
        .cacheBytes();
  }

  private static InternalRow record(Completion completion) {
    boolean failed = completion.errorOrNull() != null;
    Object[] fields = new Object[CompletionRecord.TYPE.length()];
    fields[CompletionRecord.RESULT] = failed ? null : UTF8String.fromString(completion.text());
    fields[CompletionRecord.ERROR] =
        failed ? UTF8String.fromString(completion.errorOrNull().toString()) : null;
    fields[CompletionRecord.FINISH_REASON] =
        UTF8String.fromString(completion.finishReason().name().toLowerCase(Locale.ROOT));
    fields[CompletionRecord.USAGE] =
        new GenericInternalRow(
            new Object[] {
              completion.promptTokens(), completion.cachedTokens(), completion.completionTokens()
            });
    return new GenericInternalRow(fields);
  }

  // In Java a class's method wins over a trait's default: say which one is meant.
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

  @Override
  public DataType dataType() {
    return spec.form().type();
  }

  @Override
  public boolean deterministic() {
    return false;
  }

  @Override
  public boolean foldable() {
    return false;
  }

  @Override
  public String prettyName() {
    return spec.function();
  }

  @Override
  public String toString() {
    return spec.function() + arguments.mkString("(", ", ", ")") + " row by row";
  }

  @Override
  public Expression withNewChildrenInternal(IndexedSeq<Expression> children) {
    return new RowCall(spec, children);
  }

  @Override
  public Object productElement(int n) {
    return n == 0 ? spec : arguments;
  }

  @Override
  public int productArity() {
    return 2;
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof RowCall;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RowCall call
        && call.spec.equals(spec)
        && call.arguments.equals(arguments);
  }

  @Override
  public int hashCode() {
    return spec.hashCode() * 31 + arguments.hashCode();
  }
}
