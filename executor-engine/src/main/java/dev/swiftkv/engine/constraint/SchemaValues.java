package dev.swiftkv.engine.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.swiftkv.engine.constraint.ArrayShape.Items;
import dev.swiftkv.engine.constraint.ObjectShape.Evaluated;
import dev.swiftkv.engine.constraint.ObjectShape.Group;
import dev.swiftkv.engine.constraint.ObjectShape.Named;
import dev.swiftkv.engine.constraint.SchemaType.Place;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The keywords about types, given values, numbers and strings. */
final class SchemaValues {
  private static final int MOST_DIGITS = 400;
  private static final int UNBOUNDED = Expressions.MANY;

  private final Expressions make;
  private final Numbers numbers;
  private final SchemaTypes all;

  SchemaValues(Expressions make, Numbers numbers, SchemaTypes all) {
    this.make = make;
    this.numbers = numbers;
    this.all = all;
  }

  /** What a keyword allows; null for a keyword that is about something else. */
  SchemaType keywordOrNull(String keyword, JsonNode value, Place place) {
    return switch (keyword) {
      case "type" -> ofTypes(value, place);
      case "const" -> ofValue(value, SchemaDocument.child(place, keyword));
      case "enum" -> {
        List<SchemaType> ways = new ArrayList<>();
        Place list = SchemaDocument.child(place, keyword);
        for (int i = 0; i < value.size(); i++) {
          ways.add(ofValue(value.get(i), SchemaDocument.child(list, "" + i)));
        }
        yield all.union(ways, keyword, place);
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
      case "pattern" -> all.ofStrings(PatternParser.parse(make, value.asText(), keyword, place));
      default -> null;
    };
  }

  /** Numbers equal to one, however they are written. */
  Expression equalNumbers(BigDecimal value) {
    return make.both(List.of(numbers.atLeast(value), make.not(numbers.above(value))));
  }

  private SchemaType ofTypes(JsonNode value, Place place) {
    List<SchemaType> ways = new ArrayList<>();
    for (JsonNode name : value.isArray() ? value : List.of(value)) {
      ways.add(
          switch (name.asText()) {
            case "null" -> all.ofWords(Set.of("null"));
            case "boolean" -> all.ofWords(Set.of("true", "false"));
            case "number" -> all.onlyNumbers(make.anyText());
            case "integer" -> all.onlyNumbers(numbers.integer());
            case "string" -> all.onlyStrings(make.anyText());
            case "array" -> all.onlyArrays(ArrayShape.ANY);
            case "object" -> all.onlyObjects(ObjectShape.ANY);
            default ->
                throw SchemaErrors.invalid("type", place.pointer(), "names no type: " + name);
          });
    }
    return all.union(ways, "type", place);
  }

  private SchemaType ofValue(JsonNode value, Place place) {
    if (value.isNumber()) {
      return all.onlyNumbers(numbers.equal(value.decimalValue()));
    }
    if (value.isTextual()) {
      return all.onlyStrings(make.literal(value.asText()));
    }
    if (value.isArray()) {
      List<Place> items = new ArrayList<>();
      for (int i = 0; i < value.size(); i++) {
        items.add(constant(value.get(i), place, "" + i));
      }
      ArrayShape length = ArrayShape.ofLength(value.size(), value.size());
      return all.onlyArrays(length.and(ArrayShape.ofItems(new Items(items, Place.ANYTHING, 0), 0)));
    }
    if (value.isObject()) {
      List<Named> named = new ArrayList<>();
      for (String name : (Iterable<String>) value::fieldNames) {
        named.add(new Named(name, constant(value.get(name), place, name)));
      }
      Group group = new Group(named, List.of(), Place.ANYTHING, Evaluated.NOTHING);
      Set<String> names = Set.copyOf(named.stream().map(Named::name).toList());
      return all.onlyObjects(
          ObjectShape.ofSize(names.size(), names.size())
              .and(ObjectShape.ofRequired(names))
              .and(ObjectShape.ofGroup(group)));
    }
    return all.ofWords(Set.of(value.asText()));
  }

  private static Place constant(JsonNode value, Place place, String name) {
    JsonNode schema = JsonNodeFactory.instance.objectNode().set("const", value);
    return new Place(schema, SchemaDocument.child(place, name).pointer(), false);
  }

  private Expression characters(int least, int most) {
    return make.repeat(make.range(0, Character.MAX_CODE_POINT), least, most);
  }

  private static BigDecimal number(String keyword, JsonNode value, Place place) {
    if (!value.isNumber() || keyword.equals("multipleOf") && value.decimalValue().signum() <= 0) {
      throw SchemaErrors.invalid(keyword, place.pointer(), "is not such a number: " + value);
    }
    BigDecimal number = value.decimalValue();
    if (number.precision() + Math.abs(number.scale()) > MOST_DIGITS) {
      throw SchemaErrors.refused(keyword, place.pointer(), "has too many digits");
    }
    return number;
  }

  /** A whole number that is not negative. */
  static int count(String keyword, JsonNode value, Place place) {
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
