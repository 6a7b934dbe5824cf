package dev.swiftkv.engine.constraint;

import dev.swiftkv.engine.constraint.ArrayShape.Count;
import dev.swiftkv.engine.constraint.ArrayShape.Items;
import dev.swiftkv.engine.constraint.ObjectShape.Evaluated;
import dev.swiftkv.engine.constraint.ObjectShape.Group;
import dev.swiftkv.engine.constraint.ObjectShape.Matched;
import dev.swiftkv.engine.constraint.ObjectShape.Named;
import dev.swiftkv.engine.constraint.SchemaType.Place;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a type leaves out. An array or object is left out if it breaks one rule of each shape, so
 * what is left is again a list of shapes; rules whose breach no shape can say are refused.
 */
final class SchemaComplement {
  private final Expressions make;
  private final SchemaTypes all;
  private final SchemaEmptiness emptiness;

  SchemaComplement(Expressions make, SchemaTypes all, SchemaEmptiness emptiness) {
    this.make = make;
    this.all = all;
    this.emptiness = emptiness;
  }

  /** Every other value. */
  SchemaType of(SchemaType type, String keyword, Place place) {
    return without(all.anything(), type, keyword, place);
  }

  /** The values of exactly one of some types. */
  SchemaType exactlyOne(List<SchemaType> ways, Place place) {
    List<SchemaType> alone = new ArrayList<>();
    for (int i = 0; i < ways.size(); i++) {
      SchemaType way = ways.get(i);
      for (int j = 0; j < ways.size(); j++) {
        way = i == j ? way : without(way, ways.get(j), "oneOf", place);
      }
      alone.add(way);
    }
    return all.union(alone, "oneOf", place);
  }

  private SchemaType without(SchemaType one, SchemaType other, String keyword, Place place) {
    Set<String> words = new TreeSet<>(one.words());
    words.removeAll(other.words());
    List<ArrayShape> arrays = one.arrays();
    for (ArrayShape shape : other.arrays()) {
      if (arrays.stream().anyMatch(array -> !emptiness.ofArrays(array.and(shape)))) {
        arrays = all.arrays(arrays, arraysWithout(shape, keyword, place), keyword, place);
      }
    }
    List<ObjectShape> objects = one.objects();
    for (ObjectShape shape : other.objects()) {
      if (objects.stream().anyMatch(object -> !emptiness.ofObjects(object.and(shape)))) {
        objects = all.objects(objects, objectsWithout(shape, keyword, place), keyword, place);
      }
    }
    return new SchemaType(
        words,
        make.both(List.of(one.numbers(), make.not(other.numbers()))),
        make.both(List.of(one.strings(), make.not(other.strings()))),
        arrays,
        objects);
  }

  private static List<ArrayShape> arraysWithout(ArrayShape shape, String keyword, Place place) {
    List<ArrayShape> ways = new ArrayList<>();
    if (shape.isUnique()) {
      throw excluded(keyword, place, "uniqueItems");
    }
    if (shape.minItems() > 0) {
      ways.add(ArrayShape.ofLength(0, shape.minItems() - 1));
    }
    if (shape.maxItems() < ArrayShape.UNBOUNDED) {
      ways.add(ArrayShape.ofLength(shape.maxItems() + 1, ArrayShape.UNBOUNDED));
    }
    for (Items items : shape.items()) {
      addBreaches(items, ways, keyword, place);
    }
    for (Count count : shape.counts()) {
      if (count.least() > 0) {
        ways.add(ArrayShape.ofCount(count.kind(), 0, count.least() - 1, false));
      }
      if (count.most() < ArrayShape.UNBOUNDED) {
        ways.add(ArrayShape.ofCount(count.kind(), count.most() + 1, ArrayShape.UNBOUNDED, false));
      }
    }
    return ways;
  }

  private static void addBreaches(Items items, List<ArrayShape> ways, String keyword, Place place) {
    int listed = items.prefix().size();
    for (int i = 0; i < listed; i++) {
      if (!items.prefix().get(i).equals(Place.ANYTHING)) {
        List<Place> prefix = new ArrayList<>(Collections.nCopies(i, Place.ANYTHING));
        prefix.add(items.prefix().get(i).negated());
        ways.add(ArrayShape.ofItems(new Items(prefix, Place.ANYTHING, 0), i + 1));
      }
    }
    if (items.rest().equals(Place.NOTHING)) {
      ways.add(ArrayShape.ofLength(listed + 1, ArrayShape.UNBOUNDED));
    } else if (!items.rest().equals(Place.ANYTHING)) {
      if (listed > 0) {
        throw excluded(keyword, place, "items");
      }
      ways.add(ArrayShape.ofCount(items.rest().negated(), 1, ArrayShape.UNBOUNDED, false));
    }
  }

  private static List<ObjectShape> objectsWithout(ObjectShape shape, String keyword, Place place) {
    List<ObjectShape> ways = new ArrayList<>();
    if (!shape.names().isEmpty()) {
      throw excluded(keyword, place, "propertyNames");
    }
    for (String name : new TreeSet<>(shape.required())) {
      ways.add(ObjectShape.ofProperty(name, Place.NOTHING));
    }
    if (shape.minimum() > 0) {
      ways.add(ObjectShape.ofSize(0, shape.minimum() - 1));
    }
    if (shape.maximum() < ObjectShape.UNBOUNDED) {
      ways.add(ObjectShape.ofSize(shape.maximum() + 1, ObjectShape.UNBOUNDED));
    }
    for (Group group : shape.groups()) {
      for (Named one : group.named()) {
        if (!one.value().equals(Place.ANYTHING)) {
          ways.add(
              ObjectShape.ofProperty(one.name(), one.value().negated())
                  .and(ObjectShape.ofRequired(Set.of(one.name()))));
        }
      }
      for (Matched one : group.matched()) {
        if (!one.value().equals(Place.ANYTHING)) {
          throw excluded(keyword, place, "patternProperties");
        }
      }
      if (!group.additional().equals(Place.ANYTHING)) {
        boolean isClosed = group.evaluated() == Evaluated.EVERYTHING;
        throw excluded(keyword, place, isClosed ? "additionalProperties" : "properties");
      }
    }
    return ways;
  }

  private static RuntimeException excluded(String keyword, Place place, String rule) {
    return SchemaErrors.refused(
        keyword,
        place.pointer(),
        "excludes what breaks %s, which is not supported".formatted(rule));
  }
}
