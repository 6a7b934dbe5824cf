package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.WindowSettings;
import dev.swiftkv.spark.batch.CallSetup;
import dev.swiftkv.spark.batch.EarlyReduction;
import dev.swiftkv.spark.batch.TextGroup;
import dev.swiftkv.spark.functions.CallSpec;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.analysis.TypeCheckResult;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ImplicitCastInputTypes;
import org.apache.spark.sql.catalyst.expressions.UserDefinedExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.ImperativeAggregate;
import org.apache.spark.sql.catalyst.expressions.aggregate.TypedImperativeAggregate;
import org.apache.spark.sql.types.AbstractDataType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.types.UTF8String;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/**
 * The texts of a group. As written by the user it has the type of the answer; {@link
 * SettleAggregates} makes it gather the texts as one text, a {@link TextGroup}, for an {@link
 * AiCall} above the aggregate.
 *
 * <p>A group beyond the limit in bytes is reduced by the model while it is gathered.
 */
public final class AiAggregate extends TypedImperativeAggregate<TextGroup>
    implements ImplicitCastInputTypes, UserDefinedExpression, Serializable {
  private static final long serialVersionUID = 1L;

  private final CallSpec spec;
  private final String instruction;
  private final GroupLimits limits;
  private final AiMetrics metricsOrNull;
  private final int mutableBufferOffset;
  private final int inputBufferOffset;
  private final Expression text;
  private transient EarlyReduction reduction;

  /**
   * How a settled aggregate gathers.
   *
   * @param groupBytes of a group beyond which it is reduced
   * @param window for the prompts of that
   */
  record GroupLimits(long groupBytes, WindowSettings window) implements Serializable {}

  /**
   * Parameters in the order of {@link #productElement}: Catalyst copies trees through this.
   *
   * @param metricsOrNull where prompts count that are asked while texts are gathered
   */
  public AiAggregate(
      CallSpec spec,
      String instruction,
      GroupLimits limits,
      AiMetrics metricsOrNull,
      int mutableBufferOffset,
      int inputBufferOffset,
      Expression text) {
    this.spec = spec;
    this.instruction = instruction;
    this.limits = limits;
    this.metricsOrNull = metricsOrNull;
    this.mutableBufferOffset = mutableBufferOffset;
    this.inputBufferOffset = inputBufferOffset;
    this.text = text;
  }

  /** As the user wrote it. */
  static AiAggregate of(CallSpec spec, String instruction, Expression text) {
    return new AiAggregate(
        spec, instruction, /* limits */ null, /* metricsOrNull */ null, 0, 0, text);
  }

  /** This one gathering texts for a settled call. */
  AiAggregate gathering(CallSpec settled, GroupLimits groupLimits) {
    return new AiAggregate(
        settled,
        instruction,
        groupLimits,
        metricsOrNull,
        mutableBufferOffset,
        inputBufferOffset,
        text);
  }

  /** This one reduced by another engine where it is too large, counted nowhere. */
  AiAggregate gathering(CallSpec settled) {
    return new AiAggregate(
        settled,
        instruction,
        limits,
        /* metricsOrNull */ null,
        mutableBufferOffset,
        inputBufferOffset,
        text);
  }

  /** This one with its early prompts counted. */
  AiAggregate countingIn(AiMetrics metrics) {
    return new AiAggregate(
        spec, instruction, limits, metrics, mutableBufferOffset, inputBufferOffset, text);
  }

  boolean isCounted() {
    return metricsOrNull != null;
  }

  CallSpec spec() {
    return spec;
  }

  String instruction() {
    return instruction;
  }

  // ---- gathering ----

  @Override
  public TextGroup createAggregationBuffer() {
    return new TextGroup();
  }

  @Override
  public TextGroup update(TextGroup group, InternalRow row) {
    UTF8String value = (UTF8String) text.eval(row);
    if (value != null) {
      group.add(value.getBytes());
      reduceIfLarge(group);
    }
    return group;
  }

  @Override
  public TextGroup merge(TextGroup group, TextGroup other) {
    group.addAll(other);
    reduceIfLarge(group);
    return group;
  }

  private void reduceIfLarge(TextGroup group) {
    if (group.bytes() > limits.groupBytes()) {
      if (reduction == null) {
        reduction =
            EarlyReduction.open(
                CallSetup.of(spec), limits.window(), Optional.ofNullable(metricsOrNull));
      }
      reduction.reduce(group);
    }
  }

  /** Null for a group without texts. */
  @Override
  public Object eval(TextGroup group) {
    return group.isEmpty() ? null : UTF8String.fromBytes(group.toBytes());
  }

  @Override
  public byte[] serialize(TextGroup group) {
    return group.toBytes();
  }

  @Override
  public TextGroup deserialize(byte[] bytes) {
    return TextGroup.fromBytes(ByteBuffer.wrap(bytes));
  }

  // ---- Catalyst ----

  @Override
  public int mutableAggBufferOffset() {
    return mutableBufferOffset;
  }

  @Override
  public ImperativeAggregate withNewMutableAggBufferOffset(int offset) {
    return new AiAggregate(
        spec, instruction, limits, metricsOrNull, offset, inputBufferOffset, text);
  }

  @Override
  public int inputAggBufferOffset() {
    return inputBufferOffset;
  }

  @Override
  public ImperativeAggregate withNewInputAggBufferOffset(int offset) {
    return new AiAggregate(
        spec, instruction, limits, metricsOrNull, mutableBufferOffset, offset, text);
  }

  @Override
  public Seq<Expression> children() {
    return Scala.seq(List.of(text));
  }

  @Override
  public Seq<AbstractDataType> inputTypes() {
    return Scala.seq(List.of(DataTypes.StringType));
  }

  /** In Java a class's method wins over a trait's default: this says which one is meant. */
  @Override
  public TypeCheckResult checkInputDataTypes() {
    return ImplicitCastInputTypes.super.checkInputDataTypes();
  }

  @Override
  public boolean nullable() {
    return true;
  }

  @Override
  public DataType dataType() {
    return spec.settled() ? DataTypes.StringType : spec.form().type();
  }

  @Override
  public String prettyName() {
    return spec.function();
  }

  @Override
  public String name() {
    return spec.function();
  }

  /** In EXPLAIN. What the model is asked is part of the call above the aggregate. */
  @Override
  public String toAggString(boolean isDistinct) {
    return "%s(%s%s)".formatted(gatherName(), isDistinct ? "distinct " : "", text);
  }

  @Override
  public String toString() {
    return "%s(%s)".formatted(gatherName(), text);
  }

  private String gatherName() {
    return spec.settled() ? "gather_texts" : spec.function();
  }

  /** Equal aggregates are reused wherever they count. */
  @Override
  public Expression canonicalized() {
    return ((AiAggregate) super.canonicalized()).countingIn(null);
  }

  @Override
  public Expression withNewChildrenInternal(IndexedSeq<Expression> children) {
    return new AiAggregate(
        spec,
        instruction,
        limits,
        metricsOrNull,
        mutableBufferOffset,
        inputBufferOffset,
        children.apply(0));
  }

  @Override
  public Object productElement(int n) {
    return switch (n) {
      case 0 -> spec;
      case 1 -> instruction;
      case 2 -> limits;
      case 3 -> metricsOrNull;
      case 4 -> mutableBufferOffset;
      case 5 -> inputBufferOffset;
      default -> text;
    };
  }

  @Override
  public int productArity() {
    return 7;
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof AiAggregate;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof AiAggregate aggregate
        && aggregate.spec.equals(spec)
        && aggregate.instruction.equals(instruction)
        && Objects.equals(aggregate.limits, limits)
        && Objects.equals(aggregate.metricsOrNull, metricsOrNull)
        && aggregate.mutableBufferOffset == mutableBufferOffset
        && aggregate.inputBufferOffset == inputBufferOffset
        && aggregate.text.equals(text);
  }

  @Override
  public int hashCode() {
    return spec.hashCode() * 31 + text.hashCode();
  }
}
