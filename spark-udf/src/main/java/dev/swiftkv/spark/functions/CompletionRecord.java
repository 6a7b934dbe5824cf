package dev.swiftkv.spark.functions;

import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The struct that every call is evaluated to: {@code struct<result: string, error: string,
 * finish_reason: string, usage: struct<prompt_tokens: int, cached_tokens: int, completion_tokens:
 * int>>}.
 *
 * <p>{@code result} is null where {@code error} is not. {@code finish_reason} is {@code stop},
 * {@code length} or {@code error}. The whole record is null where the prompt is null.
 */
public final class CompletionRecord {
  /** Position of {@code result}. */
  public static final int RESULT = 0;

  /** Position of {@code error}. */
  public static final int ERROR = 1;

  /** Position of {@code finish_reason}. */
  public static final int FINISH_REASON = 2;

  /** Position of {@code usage}. */
  public static final int USAGE = 3;

  /** Type of {@code usage}; its fields in this order. */
  public static final StructType USAGE_TYPE =
      new StructType()
          .add("prompt_tokens", DataTypes.IntegerType)
          .add("cached_tokens", DataTypes.IntegerType)
          .add("completion_tokens", DataTypes.IntegerType);

  /** Type of the record; its fields at the positions above. */
  public static final StructType TYPE =
      new StructType()
          .add("result", DataTypes.StringType)
          .add("error", DataTypes.StringType)
          .add("finish_reason", DataTypes.StringType)
          .add("usage", USAGE_TYPE);

  private CompletionRecord() {}
}
