package dev.swiftkv.spark.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Options written as text: a JSON object, or {@code name=value} pairs with commas between. */
final class OptionText {
  private static final ObjectMapper JSON = new ObjectMapper();

  private OptionText() {}

  static Map<String, String> parse(String text) {
    String stripped = text.strip();
    return stripped.startsWith("{") ? object(stripped) : pairs(stripped);
  }

  /** A list of strings as one option value. */
  static String list(List<String> parts) {
    return JSON.valueToTree(parts).toString();
  }

  private static Map<String, String> object(String text) {
    JsonNode tree;
    try {
      tree = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not a JSON object: " + e.getOriginalMessage(), e);
    }
    Map<String, String> options = new TreeMap<>();
    for (Map.Entry<String, JsonNode> field : tree.properties()) {
      JsonNode value = field.getValue();
      if (!value.isNull()) {
        options.put(field.getKey(), value.isTextual() ? value.asText() : value.toString());
      }
    }
    return options;
  }

  private static Map<String, String> pairs(String text) {
    Map<String, String> options = new TreeMap<>();
    for (String pair : split(text)) {
      int equals = pair.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException(
            "name=value is wanted, got \"%s\"".formatted(pair.strip()));
      }
      options.put(pair.substring(0, equals).strip(), pair.substring(equals + 1).strip());
    }
    return options;
  }

  private static List<String> split(String text) {
    List<String> parts = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      if (!part.isBlank()) {
        parts.add(part);
      }
    }
    return parts;
  }
}
