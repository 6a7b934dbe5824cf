package dev.swiftkv.engine.constraint;

import dev.swiftkv.engine.constraint.ArrayShape.Choice;
import dev.swiftkv.engine.constraint.ArrayShape.Count;
import dev.swiftkv.engine.constraint.SchemaType.Place;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;

/** How many bytes it takes to finish an array. */
final class ArrayCosts {
  private static final int NEVER = SchemaCosts.NEVER;

  /** Most items that must be unlike each other, or that must be counted. */
  static final int MOST_COUNTED = 200;

  private final SchemaCompiler compiler;
  private final ToIntFunction<Set<Place>> leastBytes;
  private final Map<ArrayShape, List<Filler>> fillers = new HashMap<>();

  /** A value that an array of unlike items may have, and its bytes. */
  private record Filler(String value, int bytes) {}

  private record At(int items, List<Integer> counts) {}

  /**
   * Costs of arrays.
   *
   * @param leastBytes of the smallest value of a type
   */
  ArrayCosts(SchemaCompiler compiler, ToIntFunction<Set<Place>> leastBytes) {
    this.compiler = compiler;
    this.leastBytes = leastBytes;
  }

  /** Refuses arrays that cannot be kept. */
  static void check(ArrayShape shape, SchemaType item, String pointer) {
    int counted = shape.longestPrefix() + shape.minItems();
    for (Count count : shape.counts()) {
      counted += count.least();
    }
    if (!shape.counts().isEmpty() && counted > MOST_COUNTED) {
      throw SchemaErrors.refused("contains", pointer, "counts too many items");
    }
    if (!shape.isUnique()) {
      return;
    }
    if (!item.arrays().isEmpty() || !item.objects().isEmpty()) {
      throw SchemaErrors.refused(
          "uniqueItems", pointer, "is supported for items that are no arrays and no objects");
    }
    boolean isMixed = !shape.counts().isEmpty() || shape.longestPrefix() > 0;
    if (isMixed && shape.minItems() > 0 || !shape.counts().isEmpty() || counted > MOST_COUNTED) {
      throw SchemaErrors.refused(
          "uniqueItems", pointer, "is not supported together with what else is asked of items");
    }
  }

  /**
   * Bytes from after an item to the end of an array.
   *
   * @param items so many it has
   * @param counts so many were counted
   * @param seen items that must not come again
   */
  int close(ArrayShape shape, int items, List<Integer> counts, Set<String> seen) {
    if (shape.isUnique()) {
      return closeUnique(shape, items, seen);
    }
    if (!counts.isEmpty()) {
      return closeCounted(shape, new At(items, counts), new HashMap<>());
    }
    int bytes = 1;
    for (int i = items; i < shape.minItems() && bytes < NEVER; i++) {
      int item = i < shape.maxItems() ? leastBytes.applyAsInt(shape.item(i)) : NEVER;
      bytes = Math.min(NEVER, bytes + item + (i > 0 ? 1 : 0));
    }
    return bytes;
  }

  private int closeUnique(ArrayShape shape, int items, Set<String> seen) {
    if (items >= shape.minItems()) {
      return 1;
    }
    int bytes = items > 0 ? 1 : 0;
    int missing = shape.minItems() - items;
    for (Filler filler : fillers.computeIfAbsent(shape, this::findFillers)) {
      if (missing > 0 && !seen.contains(filler.value)) {
        missing--;
        bytes = Math.min(NEVER, bytes + filler.bytes + 1);
      }
    }
    return missing > 0 ? NEVER : bytes;
  }

  /** As many values as an array needs, whichever others it has already. */
  private List<Filler> findFillers(ArrayShape shape) {
    int most = 2 * Math.min(MOST_COUNTED, shape.minItems());
    SchemaType type = compiler.type(shape.item(0));
    Expressions make = compiler.make;
    List<Filler> found = new ArrayList<>();
    type.words().forEach(word -> found.add(new Filler(word, word.length())));
    Expression strings = type.strings();
    for (int i = 0; i < most && !strings.isDead(); i++) {
      String text = strings.shortest();
      found.add(new Filler('"' + text, strings.bytesToEnd() + 2));
      strings = make.both(List.of(strings, make.not(make.literal(text))));
    }
    Expression numbers = type.numbers();
    for (int i = 0; i < most && !numbers.isDead(); i++) {
      String value = JsonFrames.canonical(numbers.shortest());
      found.add(new Filler(value, numbers.bytesToEnd()));
      Expression equal = compiler.equalNumbers(new BigDecimal(value));
      numbers = make.both(List.of(numbers, make.not(equal)));
    }
    found.sort(Comparator.comparingInt(Filler::bytes));
    return found;
  }

  private int closeCounted(ArrayShape shape, At at, Map<At, Integer> known) {
    Integer found = known.get(at);
    if (found != null) {
      return found;
    }
    boolean isComplete = at.items >= shape.minItems() && shape.isCounted(at.counts);
    int least = isComplete ? 1 : NEVER;
    int settled = Math.max(shape.minItems(), shape.longestPrefix());
    for (Choice choice : shape.choices(at.items, at.counts)) {
      // Once nothing depends on the place of an item, one that is not counted helps nothing.
      if (!isComplete && (at.items < settled || !choice.counts().equals(at.counts))) {
        int item = leastBytes.applyAsInt(choice.type()) + (at.items > 0 ? 1 : 0);
        if (item < NEVER) {
          At next = new At(at.items + 1, choice.counts());
          least = Math.min(least, Math.min(NEVER, item + closeCounted(shape, next, known)));
        }
      }
    }
    known.put(at, least);
    return least;
  }
}
