package dev.swiftkv.spark.functions;

import java.io.Serializable;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * What a call gives to the query, out of the {@link CompletionRecord} it is evaluated to.
 *
 * @param record whether the query gets the record, error included, and not only the value
 * @param valueType type of the value; every type but STRING is read from the completion as JSON
 */
public record ResultForm(boolean record, DataType valueType) implements Serializable {
  /** The whole record with the completion's text. */
  public static final ResultForm RECORD = new ResultForm(/* record */ true, DataTypes.StringType);

  /** Whether the value is the completion's text as it is. */
  public boolean isText() {
    return valueType.equals(DataTypes.StringType);
  }

  /** SQL type of the call. */
  public DataType type() {
    if (!record) {
      return valueType;
    }
    return isText()
        ? CompletionRecord.TYPE
        : new StructType()
            .add("result", valueType)
            .add("error", DataTypes.StringType)
            .add("finish_reason", DataTypes.StringType)
            .add("usage", CompletionRecord.USAGE_TYPE);
  }
}
