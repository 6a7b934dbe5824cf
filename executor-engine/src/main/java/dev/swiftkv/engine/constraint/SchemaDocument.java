package dev.swiftkv.engine.constraint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.constraint.SchemaType.Place;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/** The text of a schema and the places in it. */
final class SchemaDocument {
  private static final int MOST_DIGITS = 400;

  private final JsonNode root;
  private final SchemaReferences references;

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
    references = new SchemaReferences(root());
  }

  /** The whole schema. */
  Place root() {
    return new Place(root, "#", false);
  }

  /** Whether it matters which items or properties a part of the schema has looked at. */
  boolean asksWhatIsEvaluated() {
    return root.findValue("unevaluatedItems") != null
        || root.findValue("unevaluatedProperties") != null;
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
      int whole = value.precision() - value.scale();
      digits[0] = Math.max(digits[0], Math.min(MOST_DIGITS, whole));
      digits[1] = Math.max(digits[1], Math.min(MOST_DIGITS, value.scale()));
    }
    node.forEach(child -> countDigits(child, digits));
  }

  /** Where a reference leads. */
  Place resolve(String keyword, String reference, Place from) {
    return references.resolve(keyword, reference, from);
  }

  static List<Place> children(Place place, String keyword) {
    JsonNode list = place.schema().path(keyword);
    if (!list.isArray() || list.isEmpty()) {
      throw SchemaErrors.invalid(keyword, place.pointer(), "is not a list of schemas");
    }
    List<Place> result = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      result.add(child(child(place, keyword), "" + i));
    }
    return result;
  }

  /** A place below. What is true or false is so everywhere. */
  static Place child(Place place, String name) {
    JsonNode schema = place.schema();
    JsonNode found = schema.isArray() ? schema.path(Integer.parseInt(name)) : schema.path(name);
    if (found.isBoolean()) {
      return found.asBoolean() ? Place.ANYTHING : Place.NOTHING;
    }
    String escaped = name.replace("~", "~0").replace("/", "~1");
    return new Place(found, place.pointer() + "/" + escaped, false);
  }
}
