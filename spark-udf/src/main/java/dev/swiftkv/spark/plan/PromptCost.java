package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.batch.CallCost;
import dev.swiftkv.spark.batch.CallCost.Cost;
import dev.swiftkv.spark.batch.CallSetup;
import dev.swiftkv.spark.functions.CallSpec;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/** What a call's text would take, found out by a tokenizer: see {@link CallCost}. */
public final class PromptCost extends TextExpression {
  private static final long serialVersionUID = 1L;

  /** {@link Cost} as a row. */
  static final StructType TYPE =
      new StructType()
          .add("prompts", DataTypes.LongType)
          .add("prompt_tokens", DataTypes.LongType)
          .add("completion_tokens", DataTypes.LongType)
          .add("error", DataTypes.StringType);

  private final CallSpec spec;
  private transient CallCost cost;

  /**
   * Parameters in the order of {@link #productElement}: Catalyst copies trees through this.
   *
   * @param spec of a call without weights: {@link AssumedAnswers#withoutWeights}
   */
  public PromptCost(CallSpec spec, Seq<Expression> arguments) {
    super("prompt_cost", arguments);
    this.spec = spec;
  }

  @Override
  Object value(List<UTF8String> texts) {
    if (cost == null) {
      cost = CallCost.open(CallSetup.of(spec));
    }
    Cost found = cost.of(texts.get(0));
    return new GenericInternalRow(
        new Object[] {
          found.prompts(),
          found.promptTokens(),
          found.completionTokens(),
          found.errorOrNull() == null ? null : UTF8String.fromString(found.errorOrNull().toString())
        });
  }

  @Override
  public DataType dataType() {
    return TYPE;
  }

  @Override
  public Expression withNewChildrenInternal(IndexedSeq<Expression> children) {
    return new PromptCost(spec, children);
  }

  @Override
  public Object productElement(int n) {
    return n == 0 ? spec : children();
  }

  @Override
  public int productArity() {
    return 2;
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof PromptCost;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PromptCost count
        && count.spec.equals(spec)
        && count.children().equals(children());
  }

  @Override
  public int hashCode() {
    return spec.hashCode() * 31 + children().hashCode();
  }
}
