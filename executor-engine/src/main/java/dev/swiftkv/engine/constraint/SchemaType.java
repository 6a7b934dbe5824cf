package dev.swiftkv.engine.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Set;

/**
 * The values that some schemas allow together, kind by kind.
 *
 * @param words which of {@code null}, {@code true} and {@code false}
 * @param numbers how numbers may be written
 * @param strings the characters of strings
 * @param arrayOrNull which arrays; null for none
 * @param objectOrNull which objects; null for none
 */
record SchemaType(
    Set<String> words,
    Expression numbers,
    Expression strings,
    ArrayShape arrayOrNull,
    ObjectShape objectOrNull) {

  /** A schema and where it stands. */
  record Place(JsonNode schema, String pointer) {}

  /**
   * Arrays.
   *
   * @param prefixes for each constraint on items: what the first items must be
   * @param rests what items after those must be, in the same order
   */
  record ArrayShape(List<List<Place>> prefixes, List<Place> rests, int minItems, int maxItems) {}

  /**
   * Objects.
   *
   * @param groups properties as each schema lists them
   * @param names what names may be
   */
  record ObjectShape(
      List<Group> groups, Expression names, Set<String> required, int minimum, int maximum) {}

  /** The properties of one schema object: what they are by name, by pattern, and otherwise. */
  record Group(List<Named> named, List<Matched> matched, Place additional) {}

  /** A property. */
  record Named(String name, Place value) {}

  /** Properties whose names match. */
  record Matched(Expression names, Place value) {}
}
