package dev.swiftkv.spark.source;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * A column that a completion adds to a row; this is the one list of them. Each may be null: all are
 * where the prompt is null.
 */
public enum CompletionColumn {
  /** The generated text; null where the row failed. */
  COMPLETION("completion", "result", DataTypes.StringType),
  /** {@code stop}, {@code length} or {@code error}. */
  FINISH_REASON("finish_reason", "finish_reason", DataTypes.StringType),
  /** Tokens of the prompt as the model saw it. */
  PROMPT_TOKENS("prompt_tokens", "usage.prompt_tokens", DataTypes.IntegerType),
  /** How many of them came from the prefix cache. */
  CACHED_TOKENS("cached_tokens", "usage.cached_tokens", DataTypes.IntegerType),
  /** Tokens generated. */
  COMPLETION_TOKENS("completion_tokens", "usage.completion_tokens", DataTypes.IntegerType),
  /** {@code CATEGORY: message} where the row failed, null elsewhere. */
  ERROR("error", "error", DataTypes.StringType);

  private final String columnName;
  private final String recordField;
  private final DataType type;

  CompletionColumn(String columnName, String recordField, DataType type) {
    this.columnName = columnName;
    this.recordField = recordField;
    this.type = type;
  }

  /** Name in the table. */
  public String columnName() {
    return columnName;
  }

  /** Names, in the order in which they follow the columns of the source. */
  public static List<String> names() {
    List<String> names = new ArrayList<>();
    for (CompletionColumn column : values()) {
      names.add(column.columnName);
    }
    return names;
  }

  /** Names and types. */
  public static StructType schema() {
    StructType schema = new StructType();
    for (CompletionColumn column : values()) {
      schema = schema.add(column.columnName, column.type);
    }
    return schema;
  }

  /**
   * The columns, taken out of the record that a completion call gives.
   *
   * @param record column with the record
   */
  public static List<Column> of(Column record) {
    List<Column> columns = new ArrayList<>();
    for (CompletionColumn column : values()) {
      Column field = record;
      for (String step : column.recordField.split("\\.", -1)) {
        field = field.getField(step);
      }
      columns.add(field.as(column.columnName));
    }
    return columns;
  }
}
