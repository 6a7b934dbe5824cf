package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.functions.ScoreInput;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.types.UTF8String;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/** A prompt and its continuation as the one text that a call of {@code ai_score} carries. */
public final class ScoreText extends TextExpression {
  private static final long serialVersionUID = 1L;

  /** Parameters in the order of {@link #productElement}: Catalyst copies trees through this. */
  public ScoreText(Seq<Expression> arguments) {
    super("score_text", arguments);
  }

  @Override
  Object value(List<UTF8String> texts) {
    return ScoreInput.join(texts.get(0), texts.get(1));
  }

  @Override
  public DataType dataType() {
    return DataTypes.StringType;
  }

  @Override
  public Expression withNewChildrenInternal(IndexedSeq<Expression> children) {
    return new ScoreText(children);
  }

  @Override
  public Object productElement(int n) {
    return children();
  }

  @Override
  public int productArity() {
    return 1;
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof ScoreText;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ScoreText text && text.children().equals(children());
  }

  @Override
  public int hashCode() {
    return children().hashCode();
  }
}
