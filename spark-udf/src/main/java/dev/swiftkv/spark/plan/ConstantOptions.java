package dev.swiftkv.spark.plan;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Options out of a constant: {@code map('max_tokens', 40)}, {@code named_struct('max_tokens', 40)}
 * or a string, {@code '{"max_tokens": 40}'} or {@code 'max_tokens=40, temperature=0.2'}.
 */
final class ConstantOptions {
  private ConstantOptions() {}

  static Map<String, String> of(Object value, DataType type) {
    Map<String, String> options = new TreeMap<>();
    if (value == null) {
      return options;
    }

    Object converted = CatalystTypeConverters.convertToScala(value, type);
    if (type instanceof StructType struct) {
      Row row = (Row) converted;
      for (int i = 0; i < struct.length(); i++) {
        put(options, struct.fieldNames()[i], row.get(i));
      }
    } else if (type instanceof MapType) {
      CollectionConverters.asJava((scala.collection.Map<?, ?>) converted)
          .forEach((key, element) -> put(options, String.valueOf(key), element));
    } else if (converted instanceof String text) {
      OptionText.parse(text).forEach((key, element) -> put(options, key, element));
    } else {
      throw new IllegalArgumentException(
          "a map, a struct or a string is wanted, got " + type.catalogString());
    }
    return options;
  }

  private static void put(Map<String, String> options, String name, Object value) {
    if (value != null) {
      options.put(name, text(value));
    }
  }

  private static String text(Object value) {
    if (value instanceof scala.collection.Seq<?> sequence) {
      List<String> parts = new ArrayList<>();
      CollectionConverters.asJava(sequence).forEach(part -> parts.add(text(part)));
      return OptionText.list(parts);
    }
    if (value instanceof Number number && !Double.isFinite(number.doubleValue())) {
      return value.toString(); // the option's range refuses it by name
    }
    // map('max_tokens', 10, 'temperature', 0.2) has one type for both: 10 arrives as 10.0.
    if (value instanceof BigDecimal || value instanceof Double || value instanceof Float) {
      return new BigDecimal(value.toString()).stripTrailingZeros().toPlainString();
    }
    return value.toString();
  }
}
