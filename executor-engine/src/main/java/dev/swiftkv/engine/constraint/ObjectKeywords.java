package dev.swiftkv.engine.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.swiftkv.engine.constraint.ObjectShape.Evaluated;
import dev.swiftkv.engine.constraint.ObjectShape.Group;
import dev.swiftkv.engine.constraint.ObjectShape.Matched;
import dev.swiftkv.engine.constraint.ObjectShape.Named;
import dev.swiftkv.engine.constraint.SchemaType.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The keywords about objects. */
final class ObjectKeywords {
  private final Expressions make;
  private final SchemaTypes all;

  ObjectKeywords(Expressions make, SchemaTypes all) {
    this.make = make;
    this.all = all;
  }

  SchemaType properties(String keyword, Place place) {
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
              PatternParser.parse(make, pattern, "patternProperties", place),
              SchemaDocument.child(patterns, pattern)));
    }
    boolean saysRest = schema.has("additionalProperties");
    return all.ofObjects(
        ObjectShape.ofGroup(
            new Group(
                named,
                matched,
                saysRest ? SchemaDocument.child(place, "additionalProperties") : Place.ANYTHING,
                saysRest ? Evaluated.EVERYTHING : Evaluated.LISTED)));
  }

  SchemaType required(JsonNode value, Place place) {
    return all.ofObjects(ObjectShape.ofRequired(names("required", value, place)));
  }

  SchemaType size(String keyword, JsonNode value, Place place) {
    int count = SchemaValues.count(keyword, value, place);
    return all.ofObjects(
        keyword.equals("minProperties")
            ? ObjectShape.ofSize(count, ObjectShape.UNBOUNDED)
            : ObjectShape.ofSize(0, count));
  }

  SchemaType dependentRequired(JsonNode value, Place place) {
    SchemaType type = all.anything();
    for (String name : (Iterable<String>) value::fieldNames) {
      Set<String> needed = names("dependentRequired", value.get(name), place);
      needed.add(name);
      List<ObjectShape> ways =
          List.of(ObjectShape.ofProperty(name, Place.NOTHING), ObjectShape.ofRequired(needed));
      type = all.intersect(type, all.ofObjects(ways), "dependentRequired", place);
    }
    return type;
  }

  /** What {@code unevaluatedProperties} leaves of a type. */
  SchemaType withUnevaluated(SchemaType type, Place place) {
    Place rest = SchemaDocument.child(place, "unevaluatedProperties");
    List<ObjectShape> shapes = new ArrayList<>();
    for (ObjectShape shape : type.objects()) {
      boolean isDone =
          shape.groups().stream().anyMatch(group -> group.evaluated() == Evaluated.EVERYTHING);
      shapes.add(isDone ? shape : shape.and(ObjectShape.ofGroup(unevaluated(shape, rest))));
    }
    List<ObjectShape> left =
        all.objects(shapes, List.of(ObjectShape.ANY), "unevaluatedProperties", place);
    return new SchemaType(type.words(), type.numbers(), type.strings(), type.arrays(), left);
  }

  private static Group unevaluated(ObjectShape shape, Place rest) {
    List<Named> named = new ArrayList<>();
    List<Matched> matched = new ArrayList<>();
    for (Group group : shape.groups()) {
      if (group.evaluated() == Evaluated.LISTED) {
        group.named().forEach(one -> named.add(new Named(one.name(), Place.ANYTHING)));
        group.matched().forEach(one -> matched.add(new Matched(one.names(), Place.ANYTHING)));
      }
    }
    return new Group(named, matched, rest, Evaluated.EVERYTHING);
  }

  private static Set<String> names(String keyword, JsonNode value, Place place) {
    Set<String> names = new TreeSet<>();
    for (JsonNode name : value) {
      if (!name.isTextual()) {
        throw SchemaErrors.invalid(keyword, place.pointer(), "is not a list of names");
      }
      names.add(name.asText());
    }
    return names;
  }
}
