package dev.swiftkv.engine.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.BooleanNode;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.constraint.SchemaType.ArrayShape;
import dev.swiftkv.engine.constraint.SchemaType.Group;
import dev.swiftkv.engine.constraint.SchemaType.Matched;
import dev.swiftkv.engine.constraint.SchemaType.Named;
import dev.swiftkv.engine.constraint.SchemaType.ObjectShape;
import dev.swiftkv.engine.constraint.SchemaType.Place;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What the keywords of JSON Schema, draft 2020-12, allow. A keyword is kept exactly or refused by
 * its name and place; annotations and unknown keywords have no effect, as the draft says.
 */
final class SchemaCompiler {
  static final Place ANYTHING = new Place(BooleanNode.TRUE, "true");
  static final Place NOTHING = new Place(BooleanNode.FALSE, "false");
  static final int UNBOUNDED = Integer.MAX_VALUE;

  private static final String DRAFT = "https://json-schema.org/draft/2020-12/schema";
  private static final Set<String> UNSUPPORTED =
      Set.of(
          "contains",
          "unevaluatedItems",
          "unevaluatedProperties",
          "dependentSchemas",
          "dependentRequired",
          "$dynamicRef");

  final Expressions make = new Expressions();
  private final Numbers numbers;
  private final SchemaDocument document;
  private final SchemaTypes all;
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
    numbers = new Numbers(make, isStrict, digits[0], digits[1]);
    all = new SchemaTypes(make, numbers);
  }

  Place root() {
    return document.root();
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
    SchemaType type = all.anything();
    for (Place place : places) {
      type = all.intersect(type, type(place), place);
    }
    open.remove(places);
    types.put(Set.copyOf(places), type);
    return type;
  }

  private SchemaType one(Place place) {
    return type(Set.of(place));
  }

  private SchemaType type(Place place) {
    JsonNode schema = place.schema();
    if (schema.isBoolean()) {
      return schema.asBoolean() ? all.anything() : all.nothing();
    }
    if (!schema.isObject()) {
      throw SchemaErrors.invalid("schema", place.pointer(), "is neither an object nor a boolean");
    }
    SchemaType type = all.anything();
    for (String keyword : (Iterable<String>) schema::fieldNames) {
      if (UNSUPPORTED.contains(keyword)) {
        throw SchemaErrors.refused(keyword, place.pointer(), "is not supported");
      }
      type = all.intersect(type, keyword(keyword, schema.get(keyword), place), place);
    }
    return type;
  }

  private SchemaType keyword(String keyword, JsonNode value, Place place) {
    return switch (keyword) {
      case "$schema" -> {
        if (!value.asText().replace("#", "").equals(DRAFT)) {
          throw SchemaErrors.refused("$schema", place.pointer(), "is another than draft 2020-12");
        }
        yield all.anything();
      }
      case "$id" -> {
        if (!place.pointer().equals("#")) {
          throw SchemaErrors.refused("$id", place.pointer(), "is supported at the root only");
        }
        yield all.anything();
      }
      case "$ref" -> one(document.resolve(value.asText(), place));
      case "type" -> ofTypes(value, place);
      case "const" -> ofValue(value, SchemaDocument.child(place, "const"));
      case "enum" -> {
        List<SchemaType> ways = new ArrayList<>();
        for (int i = 0; i < value.size(); i++) {
          ways.add(
              ofValue(
                  value.get(i), SchemaDocument.child(SchemaDocument.child(place, "enum"), "" + i)));
        }
        yield all.union(ways, "enum", place);
      }
      case "minimum" -> all.ofNumbers(numbers.atLeast(number(keyword, value, place)));
      case "exclusiveMinimum" -> all.ofNumbers(numbers.above(number(keyword, value, place)));
      case "maximum" -> all.ofNumbers(make.not(numbers.above(number(keyword, value, place))));
      case "exclusiveMaximum" ->
          all.ofNumbers(make.not(numbers.atLeast(number(keyword, value, place))));
      case "multipleOf" -> {
        Expression multiples = numbers.multipleOf(number(keyword, value, place));
        if (multiples == null) {
          throw SchemaErrors.refused(keyword, place.pointer(), "has too many digits");
        }
        yield all.ofNumbers(multiples);
      }
      case "minLength" -> all.ofStrings(characters(count(keyword, value, place), UNBOUNDED));
      case "maxLength" -> all.ofStrings(characters(0, count(keyword, value, place)));
      case "pattern" -> all.ofStrings(pattern(value.asText(), keyword, place));
      default -> structure(keyword, value, place);
    };
  }

  private SchemaType structure(String keyword, JsonNode value, Place place) {
    return switch (keyword) {
      case "prefixItems", "items" -> ofItems(keyword, place);
      case "minItems" -> all.ofLength(count(keyword, value, place), UNBOUNDED);
      case "maxItems" -> all.ofLength(0, count(keyword, value, place));
      case "uniqueItems" -> {
        if (value.asBoolean()) {
          throw SchemaErrors.refused(keyword, place.pointer(), "is not supported");
        }
        yield all.anything();
      }
      case "properties", "patternProperties", "additionalProperties" ->
          ofProperties(keyword, place);
      case "required" -> {
        Set<String> names = new TreeSet<>();
        value.forEach(name -> names.add(name.asText()));
        yield all.ofObjects(new ObjectShape(List.of(), make.anyText(), names, 0, UNBOUNDED));
      }
      case "minProperties" ->
          all.ofObjects(
              new ObjectShape(
                  List.of(), make.anyText(), Set.of(), count(keyword, value, place), UNBOUNDED));
      case "maxProperties" ->
          all.ofObjects(
              new ObjectShape(
                  List.of(), make.anyText(), Set.of(), 0, count(keyword, value, place)));
      case "propertyNames" ->
          all.ofObjects(
              new ObjectShape(
                  List.of(),
                  one(SchemaDocument.child(place, keyword)).strings(),
                  Set.of(),
                  0,
                  UNBOUNDED));
      default -> combination(keyword, place);
    };
  }

  private SchemaType combination(String keyword, Place place) {
    return switch (keyword) {
      case "allOf" -> {
        SchemaType both = all.anything();
        for (Place part : SchemaDocument.children(place, keyword)) {
          both = all.intersect(both, one(part), place);
        }
        yield both;
      }
      case "anyOf" -> all.union(types(SchemaDocument.children(place, keyword)), keyword, place);
      case "oneOf" -> all.exactlyOne(types(SchemaDocument.children(place, keyword)), place);
      case "not" -> all.complement(one(SchemaDocument.child(place, keyword)), keyword, place);
      case "if" -> conditional(place);
      default -> all.anything();
    };
  }

  private List<SchemaType> types(List<Place> places) {
    return places.stream().map(this::one).toList();
  }

  private SchemaType conditional(Place place) {
    SchemaType condition = one(SchemaDocument.child(place, "if"));
    SchemaType then =
        place.schema().has("then") ? one(SchemaDocument.child(place, "then")) : all.anything();
    SchemaType otherwise =
        place.schema().has("else") ? one(SchemaDocument.child(place, "else")) : all.anything();
    return all.union(
        List.of(
            all.intersect(condition, then, place),
            all.intersect(all.complement(condition, "if", place), otherwise, place)),
        "if",
        place);
  }

  private SchemaType ofItems(String keyword, Place place) {
    JsonNode schema = place.schema();
    if (keyword.equals("items") && schema.has("prefixItems")) {
      return all.anything();
    }
    List<Place> prefix =
        schema.has("prefixItems") ? SchemaDocument.children(place, "prefixItems") : List.of();
    Place rest = schema.has("items") ? SchemaDocument.child(place, "items") : ANYTHING;
    return all.ofArrays(new ArrayShape(List.of(prefix), List.of(rest), 0, UNBOUNDED));
  }

  private SchemaType ofProperties(String keyword, Place place) {
    JsonNode schema = place.schema();
    boolean isSecond =
        !keyword.equals("properties") && schema.has("properties")
            || keyword.equals("additionalProperties") && schema.has("patternProperties");
    if (isSecond) {
      return all.anything();
    }
    List<Named> named = new ArrayList<>();
    Place properties = SchemaDocument.child(place, "properties");
    for (String name : (Iterable<String>) properties.schema()::fieldNames) {
      named.add(new Named(name, SchemaDocument.child(properties, name)));
    }
    List<Matched> matched = new ArrayList<>();
    Place patterns = SchemaDocument.child(place, "patternProperties");
    for (String pattern : (Iterable<String>) patterns.schema()::fieldNames) {
      matched.add(
          new Matched(
              pattern(pattern, "patternProperties", place),
              SchemaDocument.child(patterns, pattern)));
    }
    Place additional =
        schema.has("additionalProperties")
            ? SchemaDocument.child(place, "additionalProperties")
            : ANYTHING;
    Group group = new Group(named, matched, additional);
    return all.ofObjects(new ObjectShape(List.of(group), make.anyText(), Set.of(), 0, UNBOUNDED));
  }

  private SchemaType ofTypes(JsonNode value, Place place) {
    List<SchemaType> ways = new ArrayList<>();
    for (JsonNode name : value.isArray() ? value : List.of(value)) {
      SchemaType any = all.anything();
      SchemaType none = all.nothing();
      ways.add(
          switch (name.asText()) {
            case "null" -> new SchemaType(Set.of("null"), make.none(), make.none(), null, null);
            case "boolean" ->
                new SchemaType(Set.of("true", "false"), make.none(), make.none(), null, null);
            case "number" -> new SchemaType(Set.of(), any.numbers(), make.none(), null, null);
            case "integer" -> new SchemaType(Set.of(), numbers.integer(), make.none(), null, null);
            case "string" -> new SchemaType(Set.of(), make.none(), any.strings(), null, null);
            case "array" ->
                new SchemaType(Set.of(), none.numbers(), make.none(), any.arrayOrNull(), null);
            case "object" ->
                new SchemaType(Set.of(), none.numbers(), make.none(), null, any.objectOrNull());
            default ->
                throw SchemaErrors.invalid("type", place.pointer(), "names no type: " + name);
          });
    }
    return all.union(ways, "type", place);
  }

  private SchemaType ofValue(JsonNode value, Place place) {
    Expression none = make.none();
    if (value.isNumber()) {
      Expression digits =
          make.both(List.of(all.anything().numbers(), numbers.equal(value.decimalValue())));
      return new SchemaType(Set.of(), digits, none, null, null);
    }
    if (value.isTextual()) {
      return new SchemaType(Set.of(), none, make.literal(value.asText()), null, null);
    }
    if (value.isArray()) {
      List<Place> items = new ArrayList<>();
      for (int i = 0; i < value.size(); i++) {
        items.add(constant(value.get(i), SchemaDocument.child(place, "" + i)));
      }
      ArrayShape shape =
          new ArrayShape(List.of(items), List.of(NOTHING), value.size(), value.size());
      return new SchemaType(Set.of(), none, none, shape, null);
    }
    if (value.isObject()) {
      List<Named> named = new ArrayList<>();
      Set<String> names = new TreeSet<>();
      for (String name : (Iterable<String>) value::fieldNames) {
        names.add(name);
        named.add(new Named(name, constant(value.get(name), SchemaDocument.child(place, name))));
      }
      Group group = new Group(named, List.of(), NOTHING);
      ObjectShape shape = new ObjectShape(List.of(group), make.anyText(), names, 0, UNBOUNDED);
      return new SchemaType(Set.of(), none, none, null, shape);
    }
    return new SchemaType(Set.of(value.asText()), none, none, null, null);
  }

  private static Place constant(JsonNode value, Place place) {
    JsonNode schema = JsonMapper.builder().build().createObjectNode().set("const", value);
    return new Place(schema, place.pointer());
  }

  private Expression characters(int least, int most) {
    return make.repeat(make.range(0, Character.MAX_CODE_POINT), least, most);
  }

  private Expression pattern(String pattern, String keyword, Place place) {
    try {
      return new PatternParser(make, pattern).parse();
    } catch (IllegalArgumentException e) {
      throw SchemaErrors.refused(
          keyword, place.pointer(), "is no pattern that is supported: " + e.getMessage());
    }
  }

  private static BigDecimal number(String keyword, JsonNode value, Place place) {
    if (!value.isNumber() || keyword.equals("multipleOf") && value.decimalValue().signum() <= 0) {
      throw SchemaErrors.invalid(keyword, place.pointer(), "is not such a number: " + value);
    }
    if (value.decimalValue().precision() + Math.abs(value.decimalValue().scale()) > 400) {
      throw SchemaErrors.refused(keyword, place.pointer(), "has too many digits");
    }
    return value.decimalValue();
  }

  private static int count(String keyword, JsonNode value, Place place) {
    if (!value.isNumber() || value.decimalValue().signum() < 0) {
      throw SchemaErrors.invalid(keyword, place.pointer(), "is not a count: " + value);
    }
    try {
      int count = value.decimalValue().intValueExact();
      if (keyword.startsWith("min") && count > Expressions.MOST_STATES / 2) {
        throw SchemaErrors.refused(keyword, place.pointer(), "is too large");
      }
      return count;
    } catch (ArithmeticException e) {
      throw SchemaErrors.invalid(keyword, place.pointer(), "is not a count: " + value);
    }
  }
}
