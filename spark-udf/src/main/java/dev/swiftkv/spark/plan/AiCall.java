package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.functions.CallSpec;
import java.io.Serializable;
import java.util.Collections;
import java.util.stream.Collectors;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.analysis.TypeCheckResult;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ImplicitCastInputTypes;
import org.apache.spark.sql.catalyst.expressions.Unevaluable;
import org.apache.spark.sql.catalyst.expressions.UserDefinedExpression;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenContext;
import org.apache.spark.sql.catalyst.expressions.codegen.ExprCode;
import org.apache.spark.sql.types.AbstractDataType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/**
 * A call of an AI function. Never evaluated where it stands: {@link LiftCalls} turns it into a
 * column of an {@link AiEval}.
 *
 * <p>A call is deterministic until {@link SettleCalls} has seen it, so that join conditions,
 * aggregate arguments, FILTER clauses and ROLLUP accept it; from then on it is not, and no stock
 * rule may copy it or move it to other rows.
 *
 * <p>Serializable because plans travel inside task closures. Equal calls are equal objects: without
 * that no fixed point is reached and no cached plan is found.
 */
public final class AiCall extends Expression
    implements Unevaluable, UserDefinedExpression, ImplicitCastInputTypes, Serializable {
  private static final long serialVersionUID = 1L;

  private final CallSpec spec;
  private final Seq<Expression> arguments;

  /** Parameters in the order of {@link #productElement}: Catalyst copies trees through this. */
  public AiCall(CallSpec spec, Seq<Expression> arguments) {
    this.spec = spec;
    this.arguments = arguments;
  }

  CallSpec spec() {
    return spec;
  }

  AiCall withSpec(CallSpec other) {
    return new AiCall(other, arguments);
  }

  /** This call giving its whole record: what an {@link AiEval} holds. */
  AiCall asRecord() {
    return withSpec(spec.asRecord());
  }

  /** What stands in for this call where its record is a column. */
  Expression readFrom(Expression completionRecord) {
    return TypedResults.read(spec.form(), completionRecord);
  }

  /** What the model is asked. */
  Expression prompt() {
    return arguments.apply(0);
  }

  @Override
  public Seq<Expression> children() {
    return arguments;
  }

  @Override
  public Seq<AbstractDataType> inputTypes() {
    return Scala.seq(Collections.nCopies(arguments.size(), DataTypes.StringType));
  }

  // In Java a class's method wins over a trait's default: the three below say which one is meant.

  @Override
  public TypeCheckResult checkInputDataTypes() {
    return ImplicitCastInputTypes.super.checkInputDataTypes();
  }

  @Override
  public Object eval(InternalRow row) {
    throw notLifted();
  }

  @Override
  public ExprCode doGenCode(CodegenContext context, ExprCode code) {
    throw notLifted();
  }

  private IllegalStateException notLifted() {
    return new IllegalStateException(
        "%s is used where it cannot be batched; compute it in a subquery first".formatted(this));
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
    return !spec.settled()
        && Scala.<Expression>list(arguments).stream().allMatch(Expression::deterministic);
  }

  @Override
  public boolean foldable() {
    return false;
  }

  /**
   * Overrides {@code Expression.expensive} of Spark 4.2. Without the annotation, because older
   * versions lack it.
   */
  @SuppressWarnings("MissingOverride")
  public boolean expensive() {
    return true;
  }

  @Override
  public String prettyName() {
    return spec.function();
  }

  @Override
  public String name() {
    return spec.function();
  }

  /** In EXPLAIN: what the model is asked, on one line. */
  @Override
  public String toString() {
    return Scala.<Expression>list(arguments).stream()
        .map(Prompts::describe)
        .collect(Collectors.joining(", ", spec.function() + "(", ")"));
  }

  @Override
  public Expression withNewChildrenInternal(IndexedSeq<Expression> children) {
    return new AiCall(spec, children);
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
    return other instanceof AiCall;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof AiCall call
        && call.spec.equals(spec)
        && call.arguments.equals(arguments);
  }

  @Override
  public int hashCode() {
    return spec.hashCode() * 31 + arguments.hashCode();
  }
}
