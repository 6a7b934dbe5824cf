package dev.swiftkv.spark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A small document that is valid for the schemas that the functions make. */
final class FakeJson {
  private FakeJson() {}

  static String of(String schema) {
    try {
      return of(new ObjectMapper().readTree(schema));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(schema, e);
    }
  }

  private static String of(JsonNode schema) {
    if (schema.has("enum")) {
      return schema.get("enum").get(0).toString();
    }
    JsonNode type = schema.path("type");
    return switch (type.isArray() ? type.get(0).asText() : type.asText()) {
      case "object" -> object(schema.path("properties"));
      case "array" -> "[" + of(schema.get("items")) + "]";
      case "integer" -> "7";
      case "number" -> "0.5";
      case "boolean" -> "true";
      default -> '"' + text(schema.path("pattern").asText()) + '"';
    };
  }

  /** Patterns are those of days and of moments. */
  private static String text(String pattern) {
    if (pattern.isEmpty()) {
      return "s";
    }
    String moment = "2024-02-29T13:14:15";
    return moment.matches(pattern) ? moment : moment.substring(0, 10);
  }

  private static String object(JsonNode properties) {
    List<String> fields = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : properties.properties()) {
      fields.add("\"%s\":%s".formatted(field.getKey(), of(field.getValue())));
    }
    return "{" + String.join(",", fields) + "}";
  }
}
