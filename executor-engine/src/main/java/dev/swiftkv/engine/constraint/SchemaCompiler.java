package dev.swiftkv.engine.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.constraint.SchemaType.Place;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the keywords of JSON Schema, draft 2020-12, allow. A keyword is kept exactly or refused by
 * its name and place; annotations and unknown keywords have no effect, as the draft says.
 */
final class SchemaCompiler {
  private static final String DRAFT = "https://json-schema.org/draft/2020-12/schema";

  /** Most schemas of which any number may hold while it is kept which ones do. */
  private static final int MOST_WAYS = 5;

  final Expressions make = new Expressions();
  private final SchemaDocument document;
  private final SchemaTypes all;
  private final SchemaValues values;
  private final ArrayKeywords arrays;
  private final ObjectKeywords objects;
  private final SchemaComplement complement;
  private final Map<Set<Place>, SchemaType> types = new HashMap<>();
  private final Set<Set<Place>> open = new HashSet<>();

  /**
   * A compiler of one schema.
   *
   * @param isStrict whether numbers are written in one way only
   * @throws EngineException INVALID_OPTION if the text is no JSON
   */
  SchemaCompiler(String schema, boolean isStrict) {
    document = new SchemaDocument(schema);
    int[] digits = document.digits();
    Numbers numbers = new Numbers(make, isStrict, digits[0], digits[1]);
    all = new SchemaTypes(make, numbers.any(), document.asksWhatIsEvaluated());
    values = new SchemaValues(make, numbers, all);
    arrays = new ArrayKeywords(all);
    objects = new ObjectKeywords(make, all);
    complement = new SchemaComplement(make, all, new SchemaEmptiness(this::type));
  }

  Place root() {
    return document.root();
  }

  /** Numbers equal to one, however they are written. */
  Expression equalNumbers(java.math.BigDecimal value) {
    return values.equalNumbers(value);
  }

  /** The values that all of some schemas allow. */
  SchemaType type(Set<Place> places) {
    SchemaType known = types.get(places);
    if (known != null) {
      return known;
    }
    if (!open.add(places)) {
      throw SchemaErrors.refused("$ref", places.iterator().next().pointer(), "refers to itself");
    }
    try {
      SchemaType type = all.anything();
      for (Place place : places) {
        type = all.intersect(type, type(place), "allOf", place);
      }
      types.put(Set.copyOf(places), type);
      return type;
    } finally {
      open.remove(places);
    }
  }

  private SchemaType one(Place place) {
    return type(Set.of(place));
  }

  private SchemaType type(Place place) {
    if (place.isNegated()) {
      return complement.of(one(place.negated()), "not", place);
    }
    JsonNode schema = place.schema();
    if (schema.isBoolean()) {
      return schema.asBoolean() ? all.anything() : all.nothing();
    }
    if (!schema.isObject()) {
      throw SchemaErrors.invalid("schema", place.pointer(), "is neither an object nor a boolean");
    }
    SchemaType type = all.anything();
    for (String keyword : (Iterable<String>) schema::fieldNames) {
      SchemaType part = keyword(keyword, schema.get(keyword), place);
      type = all.intersect(type, part, keyword, place);
    }
    // These look at what the others have looked at.
    if (schema.has("unevaluatedItems")) {
      type = arrays.withUnevaluated(type, place);
    }
    return schema.has("unevaluatedProperties") ? objects.withUnevaluated(type, place) : type;
  }

  private SchemaType keyword(String keyword, JsonNode value, Place place) {
    SchemaType simple = values.keywordOrNull(keyword, value, place);
    if (simple != null) {
      return simple;
    }
    return switch (keyword) {
      case "$schema" -> {
        if (!value.asText().replace("#", "").equals(DRAFT)) {
          throw SchemaErrors.refused("$schema", place.pointer(), "is another than draft 2020-12");
        }
        yield all.anything();
      }
      case "$ref", "$dynamicRef" -> one(document.resolve(keyword, value.asText(), place));
      case "prefixItems", "items" -> arrays.items(keyword, place);
      case "minItems", "maxItems" -> arrays.length(keyword, value, place);
      case "uniqueItems" -> arrays.unique(value);
      case "contains" -> arrays.contains(place);
      case "properties", "patternProperties", "additionalProperties" ->
          objects.properties(keyword, place);
      case "required" -> objects.required(value, place);
      case "minProperties", "maxProperties" -> objects.size(keyword, value, place);
      case "propertyNames" ->
          all.ofObjects(ObjectShape.ofNames(one(SchemaDocument.child(place, keyword)).strings()));
      case "dependentRequired" -> objects.dependentRequired(value, place);
      case "dependentSchemas" -> dependentSchemas(value, place);
      default -> combination(keyword, place);
    };
  }

  private SchemaType combination(String keyword, Place place) {
    return switch (keyword) {
      case "allOf" -> {
        SchemaType both = all.anything();
        for (Place part : SchemaDocument.children(place, keyword)) {
          both = all.intersect(both, one(part), keyword, place);
        }
        yield both;
      }
      case "anyOf" -> any(types(SchemaDocument.children(place, keyword)), place);
      case "oneOf" -> {
        List<SchemaType> ways = types(SchemaDocument.children(place, keyword));
        yield complement.exactlyOne(ways, place);
      }
      case "not" -> complement.of(one(SchemaDocument.child(place, keyword)), keyword, place);
      case "if" -> conditional(place);
      default -> all.anything();
    };
  }

  private List<SchemaType> types(List<Place> places) {
    return places.stream().map(this::one).toList();
  }

  /**
   * The union of some types. Where it matters what was looked at, also what several allow together,
   * since those have looked at more.
   */
  private SchemaType any(List<SchemaType> ways, Place place) {
    if (!document.asksWhatIsEvaluated()) {
      return all.union(ways, "anyOf", place);
    }
    if (ways.size() > MOST_WAYS) {
      throw SchemaErrors.refused(
          "anyOf", place.pointer(), "has too many schemas beside one that is unevaluated");
    }
    List<SchemaType> together = new ArrayList<>();
    for (int subset = 1; subset < 1 << ways.size(); subset++) {
      SchemaType both = all.anything();
      for (int i = 0; i < ways.size(); i++) {
        both = (subset >> i & 1) == 0 ? both : all.intersect(both, ways.get(i), "anyOf", place);
      }
      together.add(both);
    }
    return all.union(together, "anyOf", place);
  }

  private SchemaType conditional(Place place) {
    JsonNode schema = place.schema();
    boolean decides = schema.has("then") || schema.has("else");
    if (!decides && !document.asksWhatIsEvaluated()) {
      return all.anything();
    }
    SchemaType condition = one(SchemaDocument.child(place, "if"));
    SchemaType then =
        schema.has("then") ? one(SchemaDocument.child(place, "then")) : all.anything();
    SchemaType otherwise =
        schema.has("else") ? one(SchemaDocument.child(place, "else")) : all.anything();
    SchemaType unmet = complement.of(condition, "if", place);
    return all.union(
        List.of(
            all.intersect(condition, then, "if", place),
            all.intersect(unmet, otherwise, "if", place)),
        "if",
        place);
  }

  private SchemaType dependentSchemas(JsonNode value, Place place) {
    SchemaType type = all.anything();
    Place schemas = SchemaDocument.child(place, "dependentSchemas");
    for (String name : (Iterable<String>) value::fieldNames) {
      List<ObjectShape> ways = new ArrayList<>();
      ways.add(ObjectShape.ofProperty(name, Place.NOTHING));
      for (ObjectShape shape : one(SchemaDocument.child(schemas, name)).objects()) {
        ways.add(shape.and(ObjectShape.ofRequired(Set.of(name))));
      }
      type = all.intersect(type, all.ofObjects(ways), "dependentSchemas", place);
    }
    return type;
  }
}
