package dev.swiftkv.spark.functions;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** JSON schemas of SQL types, as the engine's option {@code json_schema} takes them. */
public final class JsonSchemas {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private JsonSchemas() {}

  /**
   * The schema of the values of a type.
   *
   * @throws IllegalArgumentException for a type without a form in JSON
   */
  public static String of(DataType type) {
    return schema(type).toString();
  }

  /** An object with these fields, each a string or null. */
  public static String ofFields(List<String> names) {
    ObjectNode object = object("object");
    ObjectNode properties = object.putObject("properties");
    for (String name : names) {
      properties.putObject(name).putArray("type").add("string").add("null");
    }
    return closed(object, names).toString();
  }

  /** An array of some of these texts, each at most once. */
  public static String ofSubset(List<String> texts) {
    ObjectNode array = object("array");
    array.putObject("items").set("enum", new ObjectMapper().valueToTree(texts));
    return array.put("uniqueItems", true).toString();
  }

  private static ObjectNode schema(DataType type) {
    if (type instanceof StructType struct) {
      ObjectNode object = object("object");
      ObjectNode properties = object.putObject("properties");
      for (StructField field : struct.fields()) {
        properties.set(field.name(), schema(field.dataType()));
      }
      return closed(object, List.of(struct.fieldNames()));
    }
    if (type instanceof ArrayType array) {
      ObjectNode list = object("array");
      list.set("items", schema(array.elementType()));
      return list;
    }
    if (type instanceof MapType map && map.keyType() instanceof StringType) {
      ObjectNode object = object("object");
      object.set("additionalProperties", schema(map.valueType()));
      return object;
    }
    return object(scalar(type));
  }

  private static String scalar(DataType type) {
    if (type instanceof StringType) {
      return "string";
    }
    if (type instanceof BooleanType) {
      return "boolean";
    }
    boolean whole =
        type instanceof ByteType
            || type instanceof ShortType
            || type instanceof IntegerType
            || type instanceof LongType;
    if (whole) {
      return "integer";
    }
    boolean number =
        type instanceof FloatType || type instanceof DoubleType || type instanceof DecimalType;
    if (number) {
      return "number";
    }
    throw new IllegalArgumentException(
        ("type %s has no form in JSON that a model can be held to; allowed are STRING, BOOLEAN,"
                + " numbers, and STRUCT, ARRAY and MAP<STRING, ...> of them; take STRING and cast it")
            .formatted(type.sql()));
  }

  private static ObjectNode object(String type) {
    return JSON.objectNode().put("type", type);
  }

  private static ObjectNode closed(ObjectNode object, List<String> required) {
    required.forEach(object.putArray("required")::add);
    return object.put("additionalProperties", false);
  }
}
