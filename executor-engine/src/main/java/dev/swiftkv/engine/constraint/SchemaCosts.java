package dev.swiftkv.engine.constraint;

import dev.swiftkv.engine.constraint.SchemaType.ArrayShape;
import dev.swiftkv.engine.constraint.SchemaType.Group;
import dev.swiftkv.engine.constraint.SchemaType.Matched;
import dev.swiftkv.engine.constraint.SchemaType.Named;
import dev.swiftkv.engine.constraint.SchemaType.ObjectShape;
import dev.swiftkv.engine.constraint.SchemaType.Place;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** How many bytes the smallest value of each type has, and what each place of a value may hold. */
final class SchemaCosts {
  static final int NEVER = Expression.UNREACHABLE;

  private static final int MOST_PATTERNS = 6;
  private static final int MOST_NAMES = 200;

  private final SchemaCompiler compiler;
  private final Expressions make;
  private final boolean isStrict;
  private final Map<Set<Place>, Integer> least = new HashMap<>();
  private final Set<Set<Place>> settled = new HashSet<>();
  private final Map<ObjectShape, Expression> names = new HashMap<>();
  private final Map<ObjectShape, List<String>> candidates = new HashMap<>();
  private List<Set<Place>> visitedOrNull;

  /**
   * Costs of a schema.
   *
   * @param isStrict whether objects have listed properties only, where a schema lists some and says
   *     nothing about others
   */
  SchemaCosts(SchemaCompiler compiler, boolean isStrict) {
    this.compiler = compiler;
    this.isStrict = isStrict;
    make = compiler.make;
  }

  /** Bytes of the smallest value; {@link #NEVER} if there is none. */
  int leastBytes(Set<Place> type) {
    if (!settled.contains(type)) {
      least.putIfAbsent(type, NEVER);
      boolean changed = true;
      while (changed) {
        int count = least.size();
        changed = false;
        for (Set<Place> one : List.copyOf(least.keySet())) {
          if (!settled.contains(one)) {
            int bytes = evaluate(compiler.type(one));
            changed |= bytes < least.put(one, bytes);
          }
        }
        changed |= least.size() > count;
      }
      settled.addAll(least.keySet());
    }
    return least.get(type);
  }

  /**
   * Looks at every type within reach, so that what is refused is refused before anything is
   * written.
   */
  void visitAll(Set<Place> root) {
    List<Set<Place>> reached = new ArrayList<>(List.of(root));
    Set<Set<Place>> seen = new HashSet<>(reached);
    for (int i = 0; i < reached.size(); i++) {
      SchemaType type = compiler.type(reached.get(i));
      if (reached.size() > Expressions.MOST_STATES) {
        throw new Expression.TooLargeException();
      }
      leastBytes(reached.get(i));
      List<Set<Place>> parts = new ArrayList<>();
      if (type.arrayOrNull() != null) {
        int last = Math.min(lastIndex(type.arrayOrNull()), longestPrefix(type.arrayOrNull()));
        for (int index = 0; index <= last; index++) {
          Set<Place> item = item(type.arrayOrNull(), index);
          parts.addAll(item == null ? List.of() : List.of(item));
        }
      }
      if (type.objectOrNull() != null) {
        parts.addAll(properties(type.objectOrNull()));
      }
      parts.stream().filter(seen::add).forEach(reached::add);
    }
  }

  private static int longestPrefix(ArrayShape shape) {
    return shape.prefixes().stream().mapToInt(List::size).max().orElse(0);
  }

  /** What the values of properties may have to be. */
  private List<Set<Place>> properties(ObjectShape shape) {
    List<Set<Place>> result = new ArrayList<>();
    for (Group group : shape.groups()) {
      group.named().forEach(one -> result.add(property(shape, one.name())));
    }
    visitedOrNull = result;
    Expression permitted = findNames(shape);
    visitedOrNull = null;
    permitted.bytesToEnd();
    return result;
  }

  /** What an item must be; null past the most items. */
  Set<Place> item(ArrayShape shape, int index) {
    if (index >= shape.maxItems()) {
      return null;
    }
    Set<Place> places = new HashSet<>();
    for (int i = 0; i < shape.rests().size(); i++) {
      List<Place> prefix = shape.prefixes().get(i);
      places.add(index < prefix.size() ? prefix.get(index) : shape.rests().get(i));
    }
    return normal(places);
  }

  /** From which index on all items must be the same, but for their number. */
  int lastIndex(ArrayShape shape) {
    int longest = shape.minItems();
    for (List<Place> prefix : shape.prefixes()) {
      longest = Math.max(longest, prefix.size());
    }
    return longest;
  }

  /** What the value of a property must be. */
  Set<Place> property(ObjectShape shape, String name) {
    Set<Place> places = new HashSet<>();
    for (Group group : shape.groups()) {
      boolean isListed = false;
      for (Named one : group.named()) {
        if (one.name().equals(name)) {
          places.add(one.value());
          isListed = true;
        }
      }
      for (Matched one : group.matched()) {
        if (one.names().matches(name)) {
          places.add(one.value());
          isListed = true;
        }
      }
      if (!isListed) {
        places.add(group.additional());
      }
    }
    return normal(places);
  }

  /** Names of properties that have a value. */
  Expression names(ObjectShape shape) {
    Expression known = names.get(shape);
    if (known == null) {
      known = findNames(shape);
      // While sizes are being found, what has no value yet may still get one.
      if (settled.containsAll(least.keySet())) {
        names.put(shape, known);
      }
    }
    return known;
  }

  /** Bytes from after an item to the end of an array of so many items. */
  int closeArray(ArrayShape shape, int items) {
    int bytes = 1;
    for (int i = items; i < shape.minItems() && bytes < NEVER; i++) {
      Set<Place> item = item(shape, i);
      bytes = item == null ? NEVER : Math.min(NEVER, bytes + leastBytesNow(item) + (i > 0 ? 1 : 0));
    }
    return bytes;
  }

  /** Bytes from after a property to the end of an object that has these. */
  int closeObject(ObjectShape shape, Set<String> seen) {
    long bytes = 1;
    int count = seen.size();
    for (String name : shape.required()) {
      if (!seen.contains(name)) {
        bytes += memberBytes(shape, name) + (count++ > 0 ? 1 : 0);
      }
    }
    if (count > shape.maximum() || bytes >= NEVER) {
      return NEVER;
    }
    if (count < shape.minimum()) {
      for (String name : fillers(shape, seen, shape.minimum() - count)) {
        bytes += memberBytes(shape, name) + (count++ > 0 ? 1 : 0);
      }
    }
    return count < shape.minimum() ? NEVER : (int) Math.min(NEVER, bytes);
  }

  /** Bytes of a name, its colon and the smallest value. */
  int memberBytes(ObjectShape shape, String name) {
    boolean isName = shape.names().matches(name);
    return isName
        ? Math.min(NEVER, JsonText.bytes(name) + 3 + leastBytesNow(property(shape, name)))
        : NEVER;
  }

  /** Optional properties not yet seen, to reach a number of them. */
  private List<String> fillers(ObjectShape shape, Set<String> seen, int count) {
    return candidates(shape).stream()
        .filter(name -> !seen.contains(name) && !shape.required().contains(name))
        .limit(count)
        .toList();
  }

  /** As many names as an object needs, whichever others it has already. */
  private List<String> candidates(ObjectShape shape) {
    List<String> known = candidates.get(shape);
    if (known != null) {
      return known;
    }
    if (shape.minimum() > MOST_NAMES) {
      throw new Expression.TooLargeException();
    }
    List<String> found = new ArrayList<>();
    Expression left = names(shape);
    while (found.size() < shape.minimum() + shape.required().size() && !left.isDead()) {
      String name = left.shortest();
      found.add(name);
      left = make.both(List.of(left, make.not(make.literal(name))));
    }
    if (settled.containsAll(least.keySet())) {
      candidates.put(shape, found);
    }
    return found;
  }

  private int evaluate(SchemaType type) {
    int bytes = NEVER;
    for (String word : type.words()) {
      bytes = Math.min(bytes, word.length());
    }
    bytes = Math.min(bytes, type.numbers().bytesToEnd());
    bytes = Math.min(bytes, type.strings().bytesToEnd() + 2);
    if (type.arrayOrNull() != null
        && type.arrayOrNull().minItems() <= type.arrayOrNull().maxItems()) {
      bytes = Math.min(bytes, 1 + closeArray(type.arrayOrNull(), 0));
      item(type.arrayOrNull(), 0);
    }
    if (type.objectOrNull() != null) {
      bytes = Math.min(bytes, 1 + closeObject(type.objectOrNull(), Set.of()));
    }
    return Math.min(bytes, NEVER);
  }

  /** As far as it is known while sizes are being found. */
  private int leastBytesNow(Set<Place> type) {
    Integer known = least.get(type);
    if (known != null) {
      return known;
    }
    if (settled.containsAll(least.keySet())) {
      return leastBytes(type);
    }
    least.put(type, NEVER);
    return NEVER;
  }

  private Expression findNames(ObjectShape shape) {
    Set<String> listed = new TreeSet<>();
    List<Expression> patterns = new ArrayList<>();
    for (Group group : shape.groups()) {
      group.named().forEach(one -> listed.add(one.name()));
      group.matched().stream()
          .map(Matched::names)
          .filter(one -> !patterns.contains(one))
          .forEach(patterns::add);
    }
    if (patterns.size() > MOST_PATTERNS) {
      throw new Expression.TooLargeException();
    }
    List<Expression> ways = new ArrayList<>();
    List<Expression> literals = new ArrayList<>();
    for (String name : listed) {
      literals.add(make.literal(name));
      if (leastBytesNow(property(shape, name)) < NEVER) {
        ways.add(make.literal(name));
      }
    }
    if (isStrict && listsAll(shape, ways.size())) {
      shape.required().forEach(name -> ways.add(make.literal(name)));
      return make.both(List.of(shape.names(), make.either(ways)));
    }
    for (int subset = 0; subset < 1 << patterns.size(); subset++) {
      List<Expression> conditions = new ArrayList<>(List.of(make.not(make.either(literals))));
      for (int i = 0; i < patterns.size(); i++) {
        boolean isIn = (subset >> i & 1) != 0;
        conditions.add(isIn ? patterns.get(i) : make.not(patterns.get(i)));
      }
      Expression which = make.both(conditions);
      if (!which.isDead()) {
        Set<Place> value = property(shape, which.shortest());
        if (visitedOrNull != null) {
          visitedOrNull.add(value);
        }
        if (leastBytesNow(value) < NEVER) {
          ways.add(which);
        }
      }
    }
    return make.both(List.of(shape.names(), make.either(ways)));
  }

  private static boolean listsAll(ObjectShape shape, int listed) {
    boolean saysMore =
        shape.groups().stream()
            .anyMatch(
                group ->
                    !group.matched().isEmpty()
                        || !group.additional().equals(SchemaCompiler.ANYTHING));
    return listed > 0 && !saysMore && shape.minimum() <= listed;
  }

  private static Set<Place> normal(Set<Place> places) {
    places.remove(SchemaCompiler.ANYTHING);
    return Set.copyOf(places);
  }
}
