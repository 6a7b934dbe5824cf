package dev.swiftkv.engine.constraint;

import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What encloses a value: an array with what there is before it, or an object with its names. A
 * chain of these is the stack of the automaton. Its hash is kept, since one is asked for at every
 * byte.
 */
final class Frame {
  private final ArrayShape arrayOrNull;
  private final ObjectShape objectOrNull;
  private final int items;
  private final List<Integer> counts;
  private final Set<String> seen;
  private final Frame outer;
  private final int hash;
  private int rest = -1;
  private Frame like;

  private Frame(
      ArrayShape arrayOrNull,
      ObjectShape objectOrNull,
      int items,
      List<Integer> counts,
      Set<String> seen,
      Frame outer) {
    this.arrayOrNull = arrayOrNull;
    this.objectOrNull = objectOrNull;
    this.items = items;
    this.counts = counts;
    this.seen = seen;
    this.outer = outer;
    hash = Objects.hash(arrayOrNull, objectOrNull, items, counts, seen, outer);
  }

  /** An array without items. */
  static Frame of(ArrayShape shape, Frame outer) {
    return new Frame(
        shape, null, 0, Collections.nCopies(shape.counts().size(), 0), Set.of(), outer);
  }

  /** An object without properties. */
  static Frame of(ObjectShape shape, Frame outer) {
    return new Frame(null, shape, 0, List.of(), Set.of(), outer);
  }

  /** With so many items, of which so many were counted for each of the array's counts. */
  Frame with(int itemsNow, List<Integer> countsNow) {
    return new Frame(arrayOrNull, null, itemsNow, countsNow, seen, outer);
  }

  /** With one name more, or one item that must not come again. */
  Frame with(String name) {
    Set<String> more = new HashSet<>(seen);
    more.add(name);
    return new Frame(arrayOrNull, objectOrNull, items, counts, Set.copyOf(more), outer);
  }

  /** With other names, in another place. */
  Frame with(Set<String> names, Frame place) {
    return names.equals(seen) && Objects.equals(place, outer)
        ? this
        : new Frame(arrayOrNull, objectOrNull, items, counts, names, place);
  }

  boolean isArray() {
    return arrayOrNull != null;
  }

  /** Whether an item must be unlike those before it. */
  boolean isUnique() {
    return arrayOrNull != null && arrayOrNull.isUnique();
  }

  ArrayShape array() {
    return arrayOrNull;
  }

  ObjectShape object() {
    return objectOrNull;
  }

  int items() {
    return items;
  }

  List<Integer> counts() {
    return counts;
  }

  Set<String> seen() {
    return seen;
  }

  /** Null around the document. */
  Frame outer() {
    return outer;
  }

  /** Bytes to the end of the document, if they were found; else negative. */
  int rest() {
    return rest;
  }

  void setRest(int bytes) {
    rest = bytes;
  }

  /** What is left of it without names that no longer matter; null if that was not found yet. */
  Frame likeOrNull() {
    return like;
  }

  void setLike(Frame frame) {
    like = frame;
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || other instanceof Frame frame
            && hash == frame.hash
            && items == frame.items
            && Objects.equals(arrayOrNull, frame.arrayOrNull)
            && Objects.equals(objectOrNull, frame.objectOrNull)
            && counts.equals(frame.counts)
            && seen.equals(frame.seen)
            && Objects.equals(outer, frame.outer);
  }
}
