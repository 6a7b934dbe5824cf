package dev.swiftkv.spark.evaluation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The fields of answers: those of a JSON object by name, or the parts of a line between delimiters
 * by number.
 */
final class Fields {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Null where there are no delimiters. */
  private final Pattern delimitersOrNull;

  /**
   * A reader.
   *
   * @param delimiters texts that part the fields of a line; none to read JSON only
   */
  Fields(List<String> delimiters) {
    delimitersOrNull =
        delimiters.isEmpty()
            ? null
            : Pattern.compile(
                delimiters.stream().map(Pattern::quote).collect(Collectors.joining("|")));
  }

  /** The fields of a truth, in its order; none if it is one value. */
  Map<String, String> ofTruth(String truth) {
    Map<String, String> json = json(truth);
    if (!json.isEmpty() || delimitersOrNull == null) {
      return json;
    }
    Map<String, String> parts = parts(truth);
    return parts.size() > 1 ? parts : Map.of();
  }

  /** The fields of an answer, read as those of its truth were. */
  Map<String, String> ofAnswer(String answerOrNull, String truth) {
    if (answerOrNull == null) {
      return Map.of();
    }
    return json(truth).isEmpty() ? parts(answerOrNull) : json(answerOrNull);
  }

  private Map<String, String> parts(String line) {
    Map<String, String> fields = new LinkedHashMap<>();
    if (delimitersOrNull != null) {
      String[] values = delimitersOrNull.split(line.strip(), -1);
      for (int i = 0; i < values.length; i++) {
        fields.put("part " + (i + 1), values[i].strip());
      }
    }
    return fields;
  }

  private static Map<String, String> json(String text) {
    Map<String, String> fields = new LinkedHashMap<>();
    try {
      JsonNode node = JSON.readTree(text);
      if (node != null && node.isObject()) {
        node.properties()
            .forEach(
                field ->
                    fields.put(
                        field.getKey(),
                        field.getValue().isTextual()
                            ? field.getValue().asText().strip()
                            : field.getValue().toString()));
      }
    } catch (JsonProcessingException notJson) {
      return Map.of();
    }
    return fields;
  }
}
