package dev.swiftkv.engine.constraint;

import dev.swiftkv.engine.constraint.SchemaType.Place;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Some arrays.
 *
 * @param items what items must be, all of these together
 * @param counts how many items must be of a kind
 * @param isUnique whether no two items may be equal
 */
record ArrayShape(
    List<Items> items, List<Count> counts, boolean isUnique, int minItems, int maxItems) {
  /** No limit. */
  static final int UNBOUNDED = Integer.MAX_VALUE;

  /** All arrays. */
  static final ArrayShape ANY = ofLength(0, UNBOUNDED);

  /**
   * What one schema says about items.
   *
   * @param prefix what the first ones must be
   * @param rest what those after must be
   * @param evaluated how many items the schema has looked at, as {@code unevaluatedItems} sees it
   */
  record Items(List<Place> prefix, Place rest, int evaluated) {}

  /**
   * How many items must be of a kind.
   *
   * @param evaluates whether {@code unevaluatedItems} leaves these items alone
   */
  record Count(Place kind, int least, int most, boolean evaluates) {}

  static ArrayShape ofLength(int least, int most) {
    return new ArrayShape(List.of(), List.of(), false, least, most);
  }

  static ArrayShape ofItems(Items items, int least) {
    return new ArrayShape(List.of(items), List.of(), false, least, UNBOUNDED);
  }

  static ArrayShape ofCount(Place kind, int least, int most, boolean evaluates) {
    Count count = new Count(kind, least, most, evaluates);
    return new ArrayShape(List.of(), List.of(count), false, 0, UNBOUNDED);
  }

  static ArrayShape unique() {
    return new ArrayShape(List.of(), List.of(), true, 0, UNBOUNDED);
  }

  /** What an item must be, whatever is counted. */
  Set<Place> item(int index) {
    Set<Place> places = new HashSet<>();
    for (Items one : items) {
      places.add(index < one.prefix.size() ? one.prefix.get(index) : one.rest);
    }
    places.remove(Place.ANYTHING);
    return Set.copyOf(places);
  }

  /** One way to choose an item: what it must be, and what is counted then. */
  record Choice(Set<Place> type, List<Integer> counts) {}

  /** The ways to choose an item after so many that were counted; none past the most items. */
  List<Choice> choices(int index, List<Integer> counted) {
    if (index >= maxItems) {
      return List.of();
    }
    List<Choice> ways = List.of(new Choice(item(index), List.of()));
    for (int i = 0; i < counts.size(); i++) {
      Count count = counts.get(i);
      int now = counted.get(i);
      boolean isBounded = count.most < UNBOUNDED;
      List<Choice> next = new ArrayList<>();
      for (Choice way : ways) {
        if (now < (isBounded ? count.most : count.least)) {
          next.add(with(way, count.kind, now + 1));
        }
        // Where more do no harm, one that is not counted may be of the kind or not.
        next.add(with(way, isBounded ? count.kind.negated() : Place.ANYTHING, now));
      }
      ways = next;
    }
    return ways;
  }

  private static Choice with(Choice way, Place place, int counted) {
    Set<Place> type = new HashSet<>(way.type);
    type.add(place);
    type.remove(Place.ANYTHING);
    List<Integer> counts = new ArrayList<>(way.counts);
    counts.add(counted);
    return new Choice(Set.copyOf(type), List.copyOf(counts));
  }

  /** Whether enough were counted. */
  boolean isCounted(List<Integer> counted) {
    for (int i = 0; i < counts.size(); i++) {
      if (counted.get(i) < counts.get(i).least) {
        return false;
      }
    }
    return true;
  }

  /** From which index on all items must be the same. */
  int longestPrefix() {
    int longest = 0;
    for (Items one : items) {
      longest = Math.max(longest, one.prefix.size());
    }
    return longest;
  }

  /** Arrays of both shapes. */
  ArrayShape and(ArrayShape other) {
    if (equals(ANY) || equals(other)) {
      return other;
    }
    return other.equals(ANY)
        ? this
        : new ArrayShape(
            Lists.merge(items, other.items),
            Lists.merge(counts, other.counts),
            (isUnique || other.isUnique) && Math.min(maxItems, other.maxItems) > 1,
            Math.max(minItems, other.minItems),
            Math.min(maxItems, other.maxItems));
  }

  /** Whether a glance shows that there are none. */
  boolean isEmpty() {
    return minItems > maxItems;
  }
}
