package dev.swiftkv.engine.constraint;

import dev.swiftkv.engine.constraint.SchemaType.Place;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BinaryOperator;
import java.util.function.Predicate;

/** Sets of values: all, those of one kind, unions and intersections. */
final class SchemaTypes {
  static final Set<String> ALL_WORDS = Set.of("null", "true", "false");

  /** Most shapes of the arrays or of the objects of one type. */
  static final int MOST_SHAPES = 64;

  private final Expressions make;
  private final boolean keepsAll;
  private final SchemaType anything;

  /**
   * Sets of values.
   *
   * @param numbers all numbers
   * @param keepsAll whether shapes are kept next to one that has them all, because the schema asks
   *     what each of them has looked at
   */
  SchemaTypes(Expressions make, Expression numbers, boolean keepsAll) {
    this.make = make;
    this.keepsAll = keepsAll;
    anything =
        new SchemaType(
            ALL_WORDS, numbers, make.anyText(), List.of(ArrayShape.ANY), List.of(ObjectShape.ANY));
  }

  SchemaType anything() {
    return anything;
  }

  SchemaType nothing() {
    return ofWords(Set.of());
  }

  SchemaType ofWords(Set<String> words) {
    return new SchemaType(words, make.none(), make.none(), List.of(), List.of());
  }

  SchemaType onlyNumbers(Expression which) {
    return new SchemaType(
        Set.of(), make.both(List.of(anything.numbers(), which)), make.none(), List.of(), List.of());
  }

  SchemaType onlyStrings(Expression which) {
    return new SchemaType(Set.of(), make.none(), which, List.of(), List.of());
  }

  SchemaType onlyArrays(ArrayShape which) {
    return new SchemaType(Set.of(), make.none(), make.none(), List.of(which), List.of());
  }

  SchemaType onlyObjects(ObjectShape which) {
    return new SchemaType(Set.of(), make.none(), make.none(), List.of(), List.of(which));
  }

  /** All values but numbers that are not so. */
  SchemaType ofNumbers(Expression which) {
    Expression numbers = make.both(List.of(anything.numbers(), which));
    return new SchemaType(
        ALL_WORDS, numbers, anything.strings(), anything.arrays(), anything.objects());
  }

  /** All values but strings that are not so. */
  SchemaType ofStrings(Expression which) {
    return new SchemaType(
        ALL_WORDS, anything.numbers(), which, anything.arrays(), anything.objects());
  }

  /** All values but objects that are not so. */
  SchemaType ofObjects(List<ObjectShape> which) {
    return new SchemaType(
        ALL_WORDS, anything.numbers(), anything.strings(), anything.arrays(), which);
  }

  SchemaType ofObjects(ObjectShape which) {
    return ofObjects(List.of(which));
  }

  /** All values but arrays that are not so. */
  SchemaType ofArrays(List<ArrayShape> which) {
    return new SchemaType(
        ALL_WORDS, anything.numbers(), anything.strings(), which, anything.objects());
  }

  SchemaType ofArrays(ArrayShape which) {
    return ofArrays(List.of(which));
  }

  SchemaType union(List<SchemaType> ways, String keyword, Place place) {
    Set<String> words = new TreeSet<>();
    Set<ArrayShape> arrays = new LinkedHashSet<>();
    Set<ObjectShape> objects = new LinkedHashSet<>();
    for (SchemaType way : ways) {
      words.addAll(way.words());
      arrays.addAll(way.arrays());
      objects.addAll(way.objects());
    }
    return new SchemaType(
        words,
        make.either(ways.stream().map(SchemaType::numbers).toList()),
        make.either(ways.stream().map(SchemaType::strings).toList()),
        simple(arrays, ArrayShape.ANY, keyword, place),
        simple(objects, ObjectShape.ANY, keyword, place));
  }

  SchemaType intersect(SchemaType one, SchemaType other, String keyword, Place place) {
    Set<String> words = new TreeSet<>(one.words());
    words.retainAll(other.words());
    return new SchemaType(
        words,
        make.both(List.of(one.numbers(), other.numbers())),
        make.both(List.of(one.strings(), other.strings())),
        arrays(one.arrays(), other.arrays(), keyword, place),
        objects(one.objects(), other.objects(), keyword, place));
  }

  /** Arrays that have a shape of both lists. */
  List<ArrayShape> arrays(
      List<ArrayShape> one, List<ArrayShape> other, String keyword, Place place) {
    Set<ArrayShape> both = pairs(one, other, ArrayShape::and, ArrayShape::isEmpty);
    return simple(both, ArrayShape.ANY, keyword, place);
  }

  /** Objects that have a shape of both lists. */
  List<ObjectShape> objects(
      List<ObjectShape> one, List<ObjectShape> other, String keyword, Place place) {
    Set<ObjectShape> both = pairs(one, other, ObjectShape::and, ObjectShape::isEmpty);
    return simple(both, ObjectShape.ANY, keyword, place);
  }

  private static <S> Set<S> pairs(
      List<S> one, List<S> other, BinaryOperator<S> and, Predicate<S> isEmpty) {
    Set<S> both = new LinkedHashSet<>();
    for (S first : one) {
      for (S second : other) {
        S shape = and.apply(first, second);
        if (!isEmpty.test(shape) && both.size() <= MOST_SHAPES) {
          both.add(shape);
        }
      }
    }
    return both;
  }

  private <S> List<S> simple(Set<S> shapes, S any, String keyword, Place place) {
    if (!keepsAll && shapes.contains(any)) {
      return List.of(any);
    }
    if (shapes.size() > MOST_SHAPES) {
      throw SchemaErrors.refused(
          keyword,
          place.pointer(),
          "leaves more than %d kinds of arrays or of objects".formatted(MOST_SHAPES));
    }
    return new ArrayList<>(shapes);
  }
}
