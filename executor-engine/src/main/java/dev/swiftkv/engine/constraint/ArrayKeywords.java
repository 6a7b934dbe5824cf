package dev.swiftkv.engine.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swiftkv.engine.constraint.ArrayShape.Count;
import dev.swiftkv.engine.constraint.ArrayShape.Items;
import dev.swiftkv.engine.constraint.SchemaType.Place;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The keywords about arrays. */
final class ArrayKeywords {
  private static final int UNBOUNDED = ArrayShape.UNBOUNDED;

  private final SchemaTypes all;

  ArrayKeywords(SchemaTypes all) {
    this.all = all;
  }

  SchemaType items(String keyword, Place place) {
    JsonNode schema = place.schema();
    if (keyword.equals("items") && schema.has("prefixItems")) {
      return all.anything();
    }
    List<Place> prefix =
        schema.has("prefixItems") ? SchemaDocument.children(place, "prefixItems") : List.of();
    boolean saysRest = schema.has("items");
    Place rest = saysRest ? SchemaDocument.child(place, "items") : Place.ANYTHING;
    return all.ofArrays(
        ArrayShape.ofItems(new Items(prefix, rest, saysRest ? UNBOUNDED : prefix.size()), 0));
  }

  SchemaType length(String keyword, JsonNode value, Place place) {
    int count = SchemaValues.count(keyword, value, place);
    return all.ofArrays(
        keyword.equals("minItems")
            ? ArrayShape.ofLength(count, UNBOUNDED)
            : ArrayShape.ofLength(0, count));
  }

  SchemaType unique(JsonNode value) {
    return value.asBoolean() ? all.ofArrays(ArrayShape.unique()) : all.anything();
  }

  SchemaType contains(Place place) {
    JsonNode schema = place.schema();
    int least =
        schema.has("minContains")
            ? SchemaValues.count("minContains", schema.get("minContains"), place)
            : 1;
    int most =
        schema.has("maxContains")
            ? SchemaValues.count("maxContains", schema.get("maxContains"), place)
            : UNBOUNDED;
    if (least > most) {
      return all.ofArrays(List.of());
    }
    Place kind = SchemaDocument.child(place, "contains");
    return all.ofArrays(ArrayShape.ofCount(kind, least, most, true));
  }

  /** What {@code unevaluatedItems} leaves of a type. */
  SchemaType withUnevaluated(SchemaType type, Place place) {
    Place rest = SchemaDocument.child(place, "unevaluatedItems");
    List<ArrayShape> shapes = new ArrayList<>();
    for (ArrayShape shape : type.arrays()) {
      int evaluated = shape.items().stream().mapToInt(Items::evaluated).max().orElse(0);
      if (evaluated == UNBOUNDED) {
        shapes.add(shape);
        continue;
      }
      List<Place> kinds = new ArrayList<>();
      for (Count count : shape.counts()) {
        if (count.evaluates()) {
          kinds.add(count.kind());
        }
      }
      Items items =
          new Items(Collections.nCopies(evaluated, Place.ANYTHING), either(rest, kinds), UNBOUNDED);
      shapes.add(shape.and(ArrayShape.ofItems(items, 0)));
    }
    List<ArrayShape> left = all.arrays(shapes, List.of(ArrayShape.ANY), "unevaluatedItems", place);
    return new SchemaType(type.words(), type.numbers(), type.strings(), left, type.objects());
  }

  private static Place either(Place rest, List<Place> kinds) {
    if (kinds.isEmpty() || rest.equals(Place.ANYTHING)) {
      return rest;
    }
    ObjectNode schema = JsonNodeFactory.instance.objectNode();
    schema.putArray("anyOf").add(rest.schema()).addAll(kinds.stream().map(Place::schema).toList());
    return new Place(schema, rest.pointer(), false);
  }
}
