package dev.swiftkv.engine.constraint;

import dev.swiftkv.engine.constraint.SchemaType.Place;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Some objects.
 *
 * @param groups properties as each schema lists them
 * @param names what names must be, all of these together
 */
record ObjectShape(
    List<Group> groups, List<Expression> names, Set<String> required, int minimum, int maximum) {
  /** No limit. */
  static final int UNBOUNDED = Integer.MAX_VALUE;

  /** All objects. */
  static final ObjectShape ANY = ofSize(0, UNBOUNDED);

  /** Which properties a schema has looked at, as {@code unevaluatedProperties} sees it. */
  enum Evaluated {
    NOTHING,
    LISTED,
    EVERYTHING
  }

  /** The properties of one schema: what they are by name, by pattern, and otherwise. */
  record Group(List<Named> named, List<Matched> matched, Place additional, Evaluated evaluated) {}

  /** A property. */
  record Named(String name, Place value) {}

  /** Properties whose names match. */
  record Matched(Expression names, Place value) {}

  static ObjectShape ofSize(int least, int most) {
    return new ObjectShape(List.of(), List.of(), Set.of(), least, most);
  }

  static ObjectShape ofRequired(Set<String> names) {
    return new ObjectShape(List.of(), List.of(), Set.copyOf(names), 0, UNBOUNDED);
  }

  static ObjectShape ofGroup(Group group) {
    return new ObjectShape(List.of(group), List.of(), Set.of(), 0, UNBOUNDED);
  }

  static ObjectShape ofNames(Expression names) {
    return new ObjectShape(List.of(), List.of(names), Set.of(), 0, UNBOUNDED);
  }

  /** Objects whose property, if they have it, is so; nothing is taken as looked at. */
  static ObjectShape ofProperty(String name, Place value) {
    return ofGroup(
        new Group(List.of(new Named(name, value)), List.of(), Place.ANYTHING, Evaluated.NOTHING));
  }

  /** What the value of a property must be. */
  Set<Place> property(String name) {
    Set<Place> places = new HashSet<>();
    for (Group group : groups) {
      boolean isListed = false;
      for (Named one : group.named) {
        if (one.name.equals(name)) {
          places.add(one.value);
          isListed = true;
        }
      }
      for (Matched one : group.matched) {
        if (one.names.matches(name)) {
          places.add(one.value);
          isListed = true;
        }
      }
      if (!isListed) {
        places.add(group.additional);
      }
    }
    places.remove(Place.ANYTHING);
    return Set.copyOf(places);
  }

  /** Whether a property may have this name. */
  boolean permits(String name) {
    return names.stream().allMatch(one -> one.matches(name));
  }

  /** Objects of both shapes. */
  ObjectShape and(ObjectShape other) {
    if (equals(ANY) || equals(other)) {
      return other;
    }
    if (other.equals(ANY)) {
      return this;
    }
    Set<String> both = new TreeSet<>(required);
    both.addAll(other.required);
    return new ObjectShape(
        Lists.merge(groups, other.groups),
        Lists.merge(names, other.names),
        Set.copyOf(both),
        Math.max(minimum, other.minimum),
        Math.min(maximum, other.maximum));
  }

  /** Whether a glance shows that there are none. */
  boolean isEmpty() {
    return minimum > maximum
        || required.size() > maximum
        || required.stream().anyMatch(name -> property(name).contains(Place.NOTHING));
  }

  /** Cheap, since shapes are looked up at every byte; few of one schema are as alike as this. */
  @Override
  public int hashCode() {
    return (groups.size() * 31 + required.hashCode()) * 31 + minimum * 7 + maximum;
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || other instanceof ObjectShape shape
            && minimum == shape.minimum
            && maximum == shape.maximum
            && required.equals(shape.required)
            && groups.equals(shape.groups)
            && names.equals(shape.names);
  }
}
