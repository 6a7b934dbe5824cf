package dev.swiftkv.spark.plan;

import dev.swiftkv.engine.options.BuiltInModels;
import dev.swiftkv.engine.tokenizer.TokenCounters;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.types.UTF8String;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/**
 * Tokens of a text by a model's tokenizer, computed where it stands: the weights are not loaded.
 * Deterministic, so filters on it go wherever other filters go.
 */
public final class CountTokens extends TextExpression {
  private static final long serialVersionUID = 1L;

  private final String model;
  private transient Path directory;

  /**
   * Parameters in the order of {@link #productElement}: Catalyst copies trees through this.
   *
   * @param model name or path; empty until {@link SettleTokenCounts} knows the session's
   */
  public CountTokens(String model, Seq<Expression> arguments) {
    super("ai_count_tokens", arguments);
    this.model = model;
  }

  String model() {
    return model;
  }

  @Override
  Object value(List<UTF8String> texts) {
    if (directory == null) {
      directory = BuiltInModels.resolve(model);
    }
    return TokenCounters.shared().count(directory, texts.get(0).toString());
  }

  @Override
  public DataType dataType() {
    return DataTypes.IntegerType;
  }

  @Override
  public Expression withNewChildrenInternal(IndexedSeq<Expression> children) {
    return new CountTokens(model, children);
  }

  @Override
  public Object productElement(int n) {
    return n == 0 ? model : children();
  }

  @Override
  public int productArity() {
    return 2;
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof CountTokens;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CountTokens count
        && count.model.equals(model)
        && count.children().equals(children());
  }

  @Override
  public int hashCode() {
    return model.hashCode() * 31 + children().hashCode();
  }
}
