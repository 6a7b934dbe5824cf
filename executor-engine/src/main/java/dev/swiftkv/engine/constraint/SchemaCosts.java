package dev.swiftkv.engine.constraint;

import dev.swiftkv.engine.constraint.ArrayShape.Choice;
import dev.swiftkv.engine.constraint.ObjectShape.Evaluated;
import dev.swiftkv.engine.constraint.ObjectShape.Group;
import dev.swiftkv.engine.constraint.ObjectShape.Matched;
import dev.swiftkv.engine.constraint.SchemaType.Place;
import java.util.ArrayList;
import java.util.Collections;
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
  private final ArrayCosts arrays;
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
    arrays = new ArrayCosts(compiler, this::leastBytesNow);
  }

  ArrayCosts arrays() {
    return arrays;
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
      String pointer = reached.get(i).stream().findAny().map(Place::pointer).orElse("#");
      for (ArrayShape shape : type.arrays()) {
        parts.addAll(items(shape, pointer));
      }
      for (ObjectShape shape : type.objects()) {
        parts.addAll(properties(shape));
      }
      parts.stream().filter(seen::add).forEach(reached::add);
    }
  }

  /** What items may have to be. */
  private List<Set<Place>> items(ArrayShape shape, String pointer) {
    List<Set<Place>> result = new ArrayList<>();
    List<Integer> none = Collections.nCopies(shape.counts().size(), 0);
    for (int index = 0; index <= shape.longestPrefix() && index < shape.maxItems(); index++) {
      ArrayCosts.check(shape, compiler.type(shape.item(index)), pointer);
      for (Choice choice : shape.choices(index, none)) {
        result.add(choice.type());
      }
    }
    return result;
  }

  /** What the values of properties may have to be. */
  private List<Set<Place>> properties(ObjectShape shape) {
    List<Set<Place>> result = new ArrayList<>();
    for (Group group : shape.groups()) {
      group.named().forEach(one -> result.add(shape.property(one.name())));
    }
    visitedOrNull = result;
    Expression permitted = findNames(shape);
    visitedOrNull = null;
    permitted.bytesToEnd();
    return result;
  }

  /** Names of properties that have a value. */
  Expression names(ObjectShape shape) {
    Expression known = names.get(shape);
    if (known == null) {
      known = findNames(shape);
      // While sizes are being found, what has no value yet may still get one.
      if (settled.size() == least.size()) {
        names.put(shape, known);
      }
    }
    return known;
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
    return shape.permits(name)
        ? Math.min(NEVER, JsonText.bytes(name) + 3 + leastBytesNow(shape.property(name)))
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
    if (settled.size() == least.size()) {
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
    for (ArrayShape shape : type.arrays()) {
      List<Integer> counts = Collections.nCopies(shape.counts().size(), 0);
      bytes = Math.min(bytes, 1 + arrays.close(shape, 0, counts, Set.of()));
    }
    for (ObjectShape shape : type.objects()) {
      bytes = Math.min(bytes, 1 + closeObject(shape, Set.of()));
    }
    return Math.min(bytes, NEVER);
  }

  /** As far as it is known while sizes are being found. */
  private int leastBytesNow(Set<Place> type) {
    Integer known = least.get(type);
    if (known != null) {
      return known;
    }
    if (settled.size() == least.size()) {
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
      if (leastBytesNow(shape.property(name)) < NEVER) {
        ways.add(make.literal(name));
      }
    }
    if (isStrict && listsAll(shape, ways.size())) {
      shape.required().forEach(name -> ways.add(make.literal(name)));
      return permitted(shape, ways);
    }
    for (int subset = 0; subset < 1 << patterns.size(); subset++) {
      List<Expression> conditions = new ArrayList<>(List.of(make.not(make.either(literals))));
      for (int i = 0; i < patterns.size(); i++) {
        boolean isIn = (subset >> i & 1) != 0;
        conditions.add(isIn ? patterns.get(i) : make.not(patterns.get(i)));
      }
      Expression which = make.both(conditions);
      if (!which.isDead()) {
        Set<Place> value = shape.property(which.shortest());
        if (visitedOrNull != null) {
          visitedOrNull.add(value);
        }
        if (leastBytesNow(value) < NEVER) {
          ways.add(which);
        }
      }
    }
    return permitted(shape, ways);
  }

  private Expression permitted(ObjectShape shape, List<Expression> ways) {
    List<Expression> rules = new ArrayList<>(shape.names());
    rules.add(make.either(ways));
    return make.both(rules);
  }

  private static boolean listsAll(ObjectShape shape, int listed) {
    boolean saysMore =
        shape.groups().stream()
            .anyMatch(
                group -> !group.matched().isEmpty() || group.evaluated() == Evaluated.EVERYTHING);
    return listed > 0 && !saysMore && shape.minimum() <= listed;
  }
}
