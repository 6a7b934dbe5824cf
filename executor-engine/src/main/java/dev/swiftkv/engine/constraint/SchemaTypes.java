package dev.swiftkv.engine.constraint;

import dev.swiftkv.engine.constraint.SchemaType.ArrayShape;
import dev.swiftkv.engine.constraint.SchemaType.Group;
import dev.swiftkv.engine.constraint.SchemaType.ObjectShape;
import dev.swiftkv.engine.constraint.SchemaType.Place;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Sets of values: all, those of one kind, unions, intersections and what is left. */
final class SchemaTypes {
  static final Set<String> ALL_WORDS = Set.of("null", "true", "false");

  private final Expressions make;
  private final Numbers numbers;

  SchemaTypes(Expressions make, Numbers numbers) {
    this.make = make;
    this.numbers = numbers;
  }

  SchemaType exactlyOne(List<SchemaType> ways, Place place) {
    List<SchemaType> alone = new ArrayList<>();
    for (int i = 0; i < ways.size(); i++) {
      SchemaType way = ways.get(i);
      for (int j = 0; j < ways.size(); j++) {
        way = i == j ? way : without(way, ways.get(j), place);
      }
      alone.add(way);
    }
    return union(alone, "oneOf", place);
  }

  SchemaType without(SchemaType one, SchemaType other, Place place) {
    Set<String> words = new TreeSet<>(one.words());
    words.removeAll(other.words());
    if (one.arrayOrNull() != null && other.arrayOrNull() != null
        || one.objectOrNull() != null && other.objectOrNull() != null) {
      throw SchemaErrors.refused(
          "oneOf", place.pointer(), "has several schemas that allow arrays or objects");
    }
    return new SchemaType(
        words,
        make.both(List.of(one.numbers(), make.not(other.numbers()))),
        make.both(List.of(one.strings(), make.not(other.strings()))),
        one.arrayOrNull(),
        one.objectOrNull());
  }

  SchemaType complement(SchemaType type, String keyword, Place place) {
    SchemaType any = anything();
    Set<String> words = new TreeSet<>(ALL_WORDS);
    words.removeAll(type.words());
    boolean isArrayKnown =
        type.arrayOrNull() == null || type.arrayOrNull().equals(any.arrayOrNull());
    boolean isObjectKnown =
        type.objectOrNull() == null || type.objectOrNull().equals(any.objectOrNull());
    if (!isArrayKnown || !isObjectKnown) {
      throw SchemaErrors.refused(keyword, place.pointer(), "excludes some arrays or objects");
    }
    return new SchemaType(
        words,
        make.both(List.of(any.numbers(), make.not(type.numbers()))),
        make.not(type.strings()),
        type.arrayOrNull() == null ? any.arrayOrNull() : null,
        type.objectOrNull() == null ? any.objectOrNull() : null);
  }

  SchemaType union(List<SchemaType> ways, String keyword, Place place) {
    Set<String> words = new TreeSet<>();
    Set<ArrayShape> arrays = new LinkedHashSet<>();
    Set<ObjectShape> objects = new LinkedHashSet<>();
    for (SchemaType way : ways) {
      words.addAll(way.words());
      if (way.arrayOrNull() != null) {
        arrays.add(way.arrayOrNull());
      }
      if (way.objectOrNull() != null) {
        objects.add(way.objectOrNull());
      }
    }
    SchemaType any = anything();
    ArrayShape array = single(arrays, any.arrayOrNull(), keyword, place);
    ObjectShape object = single(objects, any.objectOrNull(), keyword, place);
    return new SchemaType(
        words,
        make.either(ways.stream().map(SchemaType::numbers).toList()),
        make.either(ways.stream().map(SchemaType::strings).toList()),
        array,
        object);
  }

  private static <S> S single(Set<S> shapes, S any, String keyword, Place place) {
    if (shapes.contains(any)) {
      return any;
    }
    if (shapes.size() > 1) {
      throw SchemaErrors.refused(
          keyword, place.pointer(), "joins several kinds of arrays or of objects");
    }
    return shapes.isEmpty() ? null : shapes.iterator().next();
  }

  SchemaType intersect(SchemaType one, SchemaType other, Place place) {
    Set<String> words = new TreeSet<>(one.words());
    words.retainAll(other.words());
    return new SchemaType(
        words,
        make.both(List.of(one.numbers(), other.numbers())),
        make.both(List.of(one.strings(), other.strings())),
        one.arrayOrNull() == null || other.arrayOrNull() == null
            ? null
            : merge(one.arrayOrNull(), other.arrayOrNull()),
        one.objectOrNull() == null || other.objectOrNull() == null
            ? null
            : merge(one.objectOrNull(), other.objectOrNull()));
  }

  private static ArrayShape merge(ArrayShape one, ArrayShape other) {
    List<List<Place>> prefixes = new ArrayList<>(one.prefixes());
    List<Place> rests = new ArrayList<>(one.rests());
    for (int i = 0; i < other.rests().size(); i++) {
      boolean isNew = true;
      for (int j = 0; j < one.rests().size(); j++) {
        isNew &=
            !(one.rests().get(j).equals(other.rests().get(i))
                && one.prefixes().get(j).equals(other.prefixes().get(i)));
      }
      if (isNew) {
        prefixes.add(other.prefixes().get(i));
        rests.add(other.rests().get(i));
      }
    }
    return new ArrayShape(
        prefixes,
        rests,
        Math.max(one.minItems(), other.minItems()),
        Math.min(one.maxItems(), other.maxItems()));
  }

  ObjectShape merge(ObjectShape one, ObjectShape other) {
    Set<Group> groups = new LinkedHashSet<>(one.groups());
    groups.addAll(other.groups());
    Set<String> required = new TreeSet<>(one.required());
    required.addAll(other.required());
    return new ObjectShape(
        List.copyOf(groups),
        make.both(List.of(one.names(), other.names())),
        required,
        Math.max(one.minimum(), other.minimum()),
        Math.min(one.maximum(), other.maximum()));
  }

  SchemaType anything() {
    return new SchemaType(
        ALL_WORDS,
        numbers.any(),
        make.anyText(),
        new ArrayShape(List.of(), List.of(), 0, SchemaCompiler.UNBOUNDED),
        new ObjectShape(List.of(), make.anyText(), Set.of(), 0, SchemaCompiler.UNBOUNDED));
  }

  SchemaType nothing() {
    return new SchemaType(Set.of(), make.none(), make.none(), null, null);
  }

  SchemaType ofNumbers(Expression which) {
    SchemaType any = anything();
    return new SchemaType(
        ALL_WORDS,
        make.both(List.of(any.numbers(), which)),
        any.strings(),
        any.arrayOrNull(),
        any.objectOrNull());
  }

  SchemaType ofStrings(Expression which) {
    SchemaType any = anything();
    return new SchemaType(ALL_WORDS, any.numbers(), which, any.arrayOrNull(), any.objectOrNull());
  }

  SchemaType ofObjects(ObjectShape which) {
    SchemaType any = anything();
    return new SchemaType(ALL_WORDS, any.numbers(), any.strings(), any.arrayOrNull(), which);
  }

  SchemaType ofArrays(ArrayShape which) {
    SchemaType any = anything();
    return new SchemaType(ALL_WORDS, any.numbers(), any.strings(), which, any.objectOrNull());
  }

  SchemaType ofLength(int least, int most) {
    return ofArrays(new ArrayShape(List.of(), List.of(), least, most));
  }
}
