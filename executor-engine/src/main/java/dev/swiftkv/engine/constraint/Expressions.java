package dev.swiftkv.engine.constraint;

import dev.swiftkv.engine.constraint.Expression.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Makes expressions, each once. For one thread. */
final class Expressions {
  /** No limit on repetitions. */
  static final int MANY = Integer.MAX_VALUE;

  /** Most places of one expression. */
  static final int MOST_STATES = 20_000;

  /** Most expressions of one schema, those that names in its documents need among them. */
  static final int MOST_EXPRESSIONS = 400_000;

  private record Key(Kind kind, int low, int high, List<Integer> parts) {}

  /** Where the digits of a multiple stand: the remainder, digits after the point (-1 before it). */
  private record Digits(int divisor, int places, int remainder, int after) {}

  private final Map<Key, Expression> known = new HashMap<>();
  private final List<Digits> digits = new ArrayList<>();

  /** Expressions made so far. */
  int size() {
    return known.size();
  }

  Expression none() {
    return make(Kind.NONE, 0, 0, List.of());
  }

  Expression empty() {
    return make(Kind.EMPTY, 0, 0, List.of());
  }

  Expression range(int from, int to) {
    return make(Kind.RANGE, from, to, List.of());
  }

  Expression anyText() {
    return not(none());
  }

  Expression literal(String text) {
    return sequence(text.codePoints().mapToObj(p -> range(p, p)).toArray(Expression[]::new));
  }

  Expression sequence(Expression... parts) {
    List<Expression> flat = new ArrayList<>();
    for (Expression part : parts) {
      if (part.kind == Kind.NONE) {
        return part;
      }
      if (part.kind == Kind.SEQUENCE) {
        flat.addAll(part.parts);
      } else if (part.kind != Kind.EMPTY) {
        flat.add(part);
      }
    }
    return flat.isEmpty()
        ? empty()
        : flat.size() == 1 ? flat.get(0) : make(Kind.SEQUENCE, 0, 0, flat);
  }

  Expression repeat(Expression part, int low, int high) {
    if (high == 0 || part.kind == Kind.EMPTY || part.kind == Kind.NONE && low == 0) {
      return empty();
    }
    return low == 1 && high == 1 ? part : make(Kind.REPEAT, low, high, List.of(part));
  }

  Expression optional(Expression part) {
    return repeat(part, 0, 1);
  }

  Expression either(List<Expression> parts) {
    return gather(Kind.EITHER, parts, none(), anyText());
  }

  Expression both(List<Expression> parts) {
    return gather(Kind.BOTH, parts, anyText(), none());
  }

  Expression not(Expression part) {
    return part.kind == Kind.NOT ? part.parts.get(0) : make(Kind.NOT, 0, 0, List.of(part));
  }

  /** Digits, with a point among them or not, whose value is a multiple of divisor / 10^places. */
  Expression multiple(int divisor, int places) {
    return digits(new Digits(divisor, places, 0, -1));
  }

  boolean endsMultiple(Expression multiple) {
    Digits at = digits.get(multiple.low);
    long value = at.remainder;
    for (int i = Math.max(0, at.after); i < at.places; i++) {
      value = value * 10 % at.divisor;
    }
    return value % at.divisor == 0;
  }

  Expression afterDigit(Expression multiple, int point) {
    Digits at = digits.get(multiple.low);
    if (point == '.' && at.after < 0) {
      return digits(new Digits(at.divisor, at.places, at.remainder, 0));
    }
    if (point < '0' || point > '9' || at.after >= at.places && point != '0') {
      return none();
    }
    int after = at.after < 0 ? -1 : Math.min(at.places, at.after + 1);
    if (at.after >= at.places) {
      return multiple;
    }
    int remainder = (int) ((at.remainder * 10L + point - '0') % at.divisor);
    return digits(new Digits(at.divisor, at.places, remainder, after));
  }

  private Expression digits(Digits at) {
    int index = digits.indexOf(at);
    if (index < 0) {
      index = digits.size();
      digits.add(at);
    }
    return make(Kind.MULTIPLE, index, 0, List.of());
  }

  private Expression gather(
      Kind kind, List<Expression> parts, Expression neutral, Expression absorbing) {
    TreeSet<Expression> set = new TreeSet<>(Comparator.comparingInt((Expression e) -> e.id));
    for (Expression part : parts) {
      if (part == absorbing) {
        return absorbing;
      }
      if (part.kind == kind) {
        set.addAll(part.parts);
      } else if (part != neutral) {
        set.add(part);
      }
    }
    return set.isEmpty()
        ? neutral
        : set.size() == 1 ? set.first() : make(kind, 0, 0, List.copyOf(set));
  }

  private Expression make(Kind kind, int low, int high, List<Expression> parts) {
    Key key =
        new Key(
            kind, low, high, Arrays.asList(parts.stream().map(p -> p.id).toArray(Integer[]::new)));
    Expression found = known.get(key);
    if (found == null) {
      if (known.size() >= MOST_EXPRESSIONS) {
        throw new Expression.TooLargeException();
      }
      found = new Expression(this, known.size(), kind, low, high, List.copyOf(parts));
      known.put(key, found);
    }
    return found;
  }
}
