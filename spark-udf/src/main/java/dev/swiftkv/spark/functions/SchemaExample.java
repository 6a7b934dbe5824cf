package dev.swiftkv.spark.functions;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** A document that is valid for a schema of {@link JsonSchemas}, with every property. */
public final class SchemaExample {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** Values of the types whose strings {@link JsonSchemas} bounds by a pattern. */
  private static final List<String> BOUNDED = List.of("2000-01-01", "2000-01-01T00:00:00");

  private final String text;

  private SchemaExample(String text) {
    this.text = text;
  }

  /**
   * The document.
   *
   * @param schema JSON; parts that {@link JsonSchemas} does not write become empty objects
   * @param text value of every string that may be any
   */
  public static String of(String schema, String text) {
    try {
      return new SchemaExample(text).value(new ObjectMapper().readTree(schema)).toString();
    } catch (JsonProcessingException e) {
      return "{}";
    }
  }

  private JsonNode value(JsonNode schema) {
    if (schema.path("enum").isArray() && !schema.path("enum").isEmpty()) {
      return schema.path("enum").get(0);
    }
    JsonNode type = schema.path("type");
    return switch (type.isArray() ? type.path(0).asText() : type.asText()) {
      case "string" -> JSON.textNode(string(schema.path("pattern").asText()));
      case "integer", "number" -> JSON.numberNode(0);
      case "boolean" -> JSON.booleanNode(true);
      case "null" -> JSON.nullNode();
      case "array" -> list(schema.path("items"));
      default -> object(schema);
    };
  }

  private String string(String patternOrEmpty) {
    return BOUNDED.stream()
        .filter(value -> !patternOrEmpty.isEmpty() && value.matches(patternOrEmpty))
        .findFirst()
        .orElse(text);
  }

  private ArrayNode list(JsonNode items) {
    ArrayNode list = JSON.arrayNode();
    return items.isObject() ? list.add(value(items)) : list;
  }

  private ObjectNode object(JsonNode schema) {
    ObjectNode object = JSON.objectNode();
    schema
        .path("properties")
        .properties()
        .forEach(property -> object.set(property.getKey(), value(property.getValue())));
    if (schema.path("additionalProperties").isObject()) {
      object.set("key", value(schema.path("additionalProperties")));
    }
    return object;
  }
}
