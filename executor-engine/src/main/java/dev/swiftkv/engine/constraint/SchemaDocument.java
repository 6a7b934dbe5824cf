package dev.swiftkv.engine.constraint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.constraint.SchemaType.Place;
import java.math.BigDecimal;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The text of a schema and the places in it. */
final class SchemaDocument {
  private final JsonNode root;

  /**
   * Reads a schema.
   *
   * @throws EngineException INVALID_OPTION if the text is no JSON
   */
  SchemaDocument(String schema) {
    try {
      root =
          JsonMapper.builder()
              .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
              .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
              .build()
              .readTree(schema);
    } catch (JsonProcessingException e) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "Option json_schema is not JSON: %s".formatted(e.getOriginalMessage()),
          e);
    }
    if (root.isMissingNode()) {
      throw new EngineException(ErrorCategory.INVALID_OPTION, "Option json_schema is empty");
    }
  }

  /** The whole schema. */
  Place root() {
    return new Place(root, "#");
  }

  /** Most digits before and after the point of a number in the schema. */
  int[] digits() {
    int[] digits = new int[2];
    countDigits(root, digits);
    return digits;
  }

  private static void countDigits(JsonNode node, int[] digits) {
    if (node.isNumber()) {
      BigDecimal value = node.decimalValue();
      digits[0] = Math.max(digits[0], Math.min(400, value.precision() - value.scale()));
      digits[1] = Math.max(digits[1], Math.min(400, value.scale()));
    }
    node.forEach(child -> countDigits(child, digits));
  }

  Place resolve(String reference, Place from) {
    String fragment = reference.startsWith("#") ? reference.substring(1) : null;
    if (fragment == null) {
      throw SchemaErrors.refused("$ref", from.pointer(), "leads out of the schema: " + reference);
    }
    if (!fragment.isEmpty() && !fragment.startsWith("/")) {
      Place found = anchor(root(), fragment);
      if (found == null) {
        throw SchemaErrors.invalid("$ref", from.pointer(), "leads nowhere: " + reference);
      }
      return found;
    }
    String decoded = URLDecoder.decode(fragment.replace("+", "%2B"), StandardCharsets.UTF_8);
    JsonNode at = root.at(decoded);
    if (at.isMissingNode()) {
      throw SchemaErrors.invalid("$ref", from.pointer(), "leads nowhere: " + reference);
    }
    return new Place(at, "#" + decoded);
  }

  private static Place anchor(Place place, String name) {
    JsonNode schema = place.schema();
    if (schema.path("$anchor").asText("").equals(name)) {
      return place;
    }
    for (String field : (Iterable<String>) schema::fieldNames) {
      Place found =
          field.equals("const") || field.equals("enum") ? null : anchor(child(place, field), name);
      if (found != null) {
        return found;
      }
    }
    for (int i = 0; schema.isArray() && i < schema.size(); i++) {
      Place found = anchor(child(place, "" + i), name);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  static List<Place> children(Place place, String keyword) {
    Place list = child(place, keyword);
    if (!list.schema().isArray() || list.schema().isEmpty()) {
      throw SchemaErrors.invalid(keyword, place.pointer(), "is not a list of schemas");
    }
    List<Place> result = new ArrayList<>();
    for (int i = 0; i < list.schema().size(); i++) {
      result.add(child(list, "" + i));
    }
    return result;
  }

  static Place child(Place place, String name) {
    JsonNode schema = place.schema();
    JsonNode found = schema.isArray() ? schema.path(Integer.parseInt(name)) : schema.path(name);
    return new Place(found, place.pointer() + "/" + name.replace("~", "~0").replace("/", "~1"));
  }
}
