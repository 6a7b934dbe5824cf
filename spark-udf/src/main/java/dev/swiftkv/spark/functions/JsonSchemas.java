package dev.swiftkv.spark.functions;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** JSON schemas of SQL types, as the engine's option {@code json_schema} takes them. */
public final class JsonSchemas {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** Types whose values the engine writes with a limited length. */
  private static final Set<String> SHORT_TYPES = Set.of("integer", "number", "boolean");

  /** Keywords of schemas whose values have a limited length, at least those made here. */
  private static final List<String> LIMITING = List.of("enum", "const", "pattern");

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

  /**
   * Whether documents of a schema are single values of limited length, such as numbers, days or
   * listed texts: one that had to end early is another value, and no part of it.
   *
   * @param schema text of a JSON schema
   */
  public static boolean isOfOneValue(String schema) {
    JsonNode root;
    try {
      root = new ObjectMapper().readTree(schema);
    } catch (JsonProcessingException e) {
      return false; // the engine says what is wrong
    }
    return SHORT_TYPES.contains(root.path("type").asText())
        || LIMITING.stream().anyMatch(root::has);
  }

  private static ObjectNode schema(DataType type) {
    if (type instanceof StructType struct) {
      return ofStruct(struct);
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
    return ScalarSchemas.of(type);
  }

  private static ObjectNode ofStruct(StructType struct) {
    ObjectNode object = object("object");
    ObjectNode properties = object.putObject("properties");
    Set<String> names = new HashSet<>();
    for (StructField field : struct.fields()) {
      if (!names.add(field.name().toLowerCase(Locale.ROOT))) {
        throw new IllegalArgumentException(
            "type %s has two fields named %s; give each its own name"
                .formatted(struct.sql(), field.name()));
      }
      properties.set(field.name(), schema(field.dataType()));
    }
    return closed(object, List.of(struct.fieldNames()));
  }

  static ObjectNode object(String type) {
    return JSON.objectNode().put("type", type);
  }

  private static ObjectNode closed(ObjectNode object, List<String> required) {
    required.forEach(object.putArray("required")::add);
    return object.put("additionalProperties", false);
  }
}
