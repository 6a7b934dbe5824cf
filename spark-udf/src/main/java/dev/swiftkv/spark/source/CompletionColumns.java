package dev.swiftkv.spark.source;

import java.util.List;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** The columns that the source adds, one explicit list. */
public final class CompletionColumns {
  /** The generated text; null where the prompt is null or the row failed. */
  public static final String COMPLETION = "completion";

  /** {@code stop}, {@code length} or {@code error}. */
  public static final String FINISH_REASON = "finish_reason";

  /** Tokens of the prompt as the model saw it. */
  public static final String PROMPT_TOKENS = "prompt_tokens";

  /** How many of them came from the prefix cache. */
  public static final String CACHED_TOKENS = "cached_tokens";

  /** Tokens generated. */
  public static final String COMPLETION_TOKENS = "completion_tokens";

  /** {@code CATEGORY: message} where the row failed, null elsewhere. */
  public static final String ERROR = "error";

  /** Names, in the order in which they follow the columns of the source. */
  public static final List<String> NAMES =
      List.of(COMPLETION, FINISH_REASON, PROMPT_TOKENS, CACHED_TOKENS, COMPLETION_TOKENS, ERROR);

  private CompletionColumns() {}

  /** Names and types; every column may be null. */
  public static StructType schema() {
    return new StructType(
        new StructField[] {
          DataTypes.createStructField(COMPLETION, DataTypes.StringType, true),
          DataTypes.createStructField(FINISH_REASON, DataTypes.StringType, true),
          DataTypes.createStructField(PROMPT_TOKENS, DataTypes.IntegerType, true),
          DataTypes.createStructField(CACHED_TOKENS, DataTypes.IntegerType, true),
          DataTypes.createStructField(COMPLETION_TOKENS, DataTypes.IntegerType, true),
          DataTypes.createStructField(ERROR, DataTypes.StringType, true),
        });
  }
}
