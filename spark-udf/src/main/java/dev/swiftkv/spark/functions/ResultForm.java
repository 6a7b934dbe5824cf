package dev.swiftkv.spark.functions;

import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/** What a call gives to the query, out of the {@link CompletionRecord} it is evaluated to. */
public enum ResultForm {
  /** The completion's text; null where the row failed. */
  TEXT(DataTypes.StringType),
  /** The number that the text is; null where the row failed. */
  NUMBER(DataTypes.DoubleType),
  /** The whole record, error included. */
  RECORD(CompletionRecord.TYPE);

  private final DataType type;

  ResultForm(DataType type) {
    this.type = type;
  }

  /** SQL type of the call. */
  public DataType type() {
    return type;
  }
}
