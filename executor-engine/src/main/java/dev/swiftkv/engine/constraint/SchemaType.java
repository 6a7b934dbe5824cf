package dev.swiftkv.engine.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import java.util.List;
import java.util.Set;

/**
 * The values that some schemas allow together, kind by kind.
 *
 * @param words which of {@code null}, {@code true} and {@code false}
 * @param numbers how numbers may be written
 * @param strings the characters of strings
 * @param arrays arrays, any of these
 * @param objects objects, any of these
 */
record SchemaType(
    Set<String> words,
    Expression numbers,
    Expression strings,
    List<ArrayShape> arrays,
    List<ObjectShape> objects) {

  /**
   * A schema and where it stands.
   *
   * @param isNegated whether values must not be valid for it
   */
  record Place(JsonNode schema, String pointer, boolean isNegated) {
    static final Place ANYTHING = new Place(BooleanNode.TRUE, "true", false);
    static final Place NOTHING = new Place(BooleanNode.FALSE, "false", false);

    /** What is not valid here. */
    Place negated() {
      if (schema.isBoolean()) {
        return schema.asBoolean() ? NOTHING : ANYTHING;
      }
      return new Place(schema, pointer, !isNegated);
    }

    @Override
    public int hashCode() {
      return pointer.hashCode() + (isNegated ? 1 : 0);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Place place
          && pointer.equals(place.pointer)
          && isNegated == place.isNegated
          && schema.equals(place.schema);
    }
  }
}
