package dev.swiftkv.spark.functions;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.Map;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;

/**
 * JSON schemas of SQL types without parts. They allow no value that the type cannot hold: a number
 * too large or a day that is in no calendar would be read as NULL.
 */
final class ScalarSchemas {
  private static final String SHORT_MONTHS = "(0[469]|11)-(0[1-9]|[12][0-9]|30)";
  private static final String LONG_MONTHS = "(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])";
  private static final String FEBRUARY = "02-(0[1-9]|1[0-9]|2[0-8])";
  private static final String LEAP_YEAR =
      "([1-9][0-9](0[48]|[2468][048]|[13579][26])|([2468][048]|[13579][26])00)";

  /** A day of the years 1000 to 9999. */
  private static final String DAY =
      "([1-9][0-9]{3}-(%s|%s|%s)|%s-02-29)"
          .formatted(LONG_MONTHS, SHORT_MONTHS, FEBRUARY, LEAP_YEAR);

  private static final String TIME = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]";

  private static final Map<DataType, ObjectNode> SCHEMAS =
      Map.ofEntries(
          Map.entry(DataTypes.StringType, JsonSchemas.object("string")),
          Map.entry(DataTypes.BooleanType, JsonSchemas.object("boolean")),
          Map.entry(DataTypes.ByteType, whole(Byte.MIN_VALUE, Byte.MAX_VALUE)),
          Map.entry(DataTypes.ShortType, whole(Short.MIN_VALUE, Short.MAX_VALUE)),
          Map.entry(DataTypes.IntegerType, whole(Integer.MIN_VALUE, Integer.MAX_VALUE)),
          Map.entry(DataTypes.LongType, whole(Long.MIN_VALUE, Long.MAX_VALUE)),
          Map.entry(DataTypes.FloatType, JsonSchemas.object("number")),
          Map.entry(DataTypes.DoubleType, JsonSchemas.object("number")),
          Map.entry(DataTypes.DateType, text(DAY)),
          Map.entry(DataTypes.TimestampType, text(DAY + "T" + TIME)),
          Map.entry(DataTypes.TimestampNTZType, text(DAY + "T" + TIME)));

  private ScalarSchemas() {}

  /**
   * The schema of the values of a type.
   *
   * @throws IllegalArgumentException for a type without a form in JSON
   */
  static ObjectNode of(DataType type) {
    if (type instanceof DecimalType decimal) {
      return ofDecimal(decimal);
    }
    ObjectNode schema = SCHEMAS.get(type);
    if (schema == null) {
      throw new IllegalArgumentException(
          ("type %s has no form in JSON that a model can be held to; allowed are STRING, BOOLEAN,"
                  + " numbers, DATE, TIMESTAMP, and STRUCT, ARRAY and MAP<STRING, ...> of them; take"
                  + " STRING and cast it")
              .formatted(type.sql()));
    }
    return schema.deepCopy();
  }

  private static ObjectNode ofDecimal(DecimalType type) {
    BigDecimal step = BigDecimal.ONE.movePointLeft(type.scale());
    BigDecimal most = BigDecimal.ONE.movePointRight(type.precision() - type.scale()).subtract(step);
    ObjectNode schema =
        JsonSchemas.object(type.scale() == 0 ? "integer" : "number")
            .put("minimum", most.negate())
            .put("maximum", most);
    return type.scale() == 0 ? schema : schema.put("multipleOf", step);
  }

  private static ObjectNode whole(long least, long most) {
    return JsonSchemas.object("integer").put("minimum", least).put("maximum", most);
  }

  private static ObjectNode text(String pattern) {
    return JsonSchemas.object("string").put("pattern", "^" + pattern + "$");
  }
}
