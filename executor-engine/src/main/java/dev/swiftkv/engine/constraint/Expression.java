package dev.swiftkv.engine.constraint;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A regular expression over code points with intersection and complement, as in Brzozowski's
 * "Derivatives of regular expressions": what is left of it after a code point is an expression
 * again. Equal expressions of one {@link Expressions} are one object.
 */
final class Expression {
  /** What an expression is made of. */
  enum Kind {
    /** Nothing, not even the empty text. */
    NONE,
    /** The empty text. */
    EMPTY,
    /** One code point of a range. */
    RANGE,
    /** One after the other. */
    SEQUENCE,
    /** The first, from {@code low} to {@code high} times. */
    REPEAT,
    /** Any of its parts. */
    EITHER,
    /** All of its parts. */
    BOTH,
    /** What the first is not. */
    NOT,
    /** Digits, and a point, of a multiple of {@code high}. */
    MULTIPLE
  }

  /** Costs no way has. */
  static final int UNREACHABLE = 1 << 28;

  private static final int LAST = Character.MAX_CODE_POINT;

  final Kind kind;
  final int low;
  final int high;
  final List<Expression> parts;
  final int id;
  private final Expressions all;
  private TreeMap<Integer, Expression> after;
  private int bytesToEnd = -1;
  private String shortest;

  Expression(Expressions all, int id, Kind kind, int low, int high, List<Expression> parts) {
    this.all = all;
    this.id = id;
    this.kind = kind;
    this.low = low;
    this.high = high;
    this.parts = parts;
  }

  /** Whether the empty text matches. */
  boolean matchesEmpty() {
    return switch (kind) {
      case NONE, RANGE -> false;
      case EMPTY -> true;
      case SEQUENCE, BOTH -> parts.stream().allMatch(Expression::matchesEmpty);
      case EITHER -> parts.stream().anyMatch(Expression::matchesEmpty);
      case REPEAT -> low == 0 || parts.get(0).matchesEmpty();
      case NOT -> !parts.get(0).matchesEmpty();
      case MULTIPLE -> all.endsMultiple(this);
    };
  }

  /** What is left after a code point. */
  Expression after(int point) {
    return after().floorEntry(point).getValue();
  }

  /** Whether a whole text matches. */
  boolean matches(String text) {
    Expression at = this;
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      at = at.after(text.codePointAt(i));
    }
    return at.matchesEmpty();
  }

  /** Whether every text matches. */
  boolean isAnyText() {
    return kind == Kind.NOT && parts.get(0).kind == Kind.NONE;
  }

  /** Whether exactly the texts of one character match. */
  boolean isAnyCharacter() {
    return kind == Kind.RANGE && low == 0 && high == LAST;
  }

  boolean isDead() {
    return bytesToEnd() >= UNREACHABLE;
  }

  /** Bytes of the cheapest text that matches, as JSON writes it without quotes. */
  int bytesToEnd() {
    if (bytesToEnd < 0) {
      search();
    }
    return bytesToEnd;
  }

  /** That text, the first in order among equals; the same seen from every place on it. */
  String shortest() {
    if (shortest == null) {
      StringBuilder text = new StringBuilder();
      Expression at = this;
      while (!at.matchesEmpty()) {
        int point = at.cheapest(0, LAST);
        text.appendCodePoint(point);
        at = at.after(point);
      }
      shortest = text.toString();
    }
    return shortest;
  }

  /** Least bytes of a code point of a range and of what follows it. */
  int bytesWithin(int from, int to) {
    int least = UNREACHABLE;
    for (Map.Entry<Integer, Expression> entry : after().entrySet()) {
      int first = Math.max(from, entry.getKey());
      Integer next = after().higherKey(entry.getKey());
      int last = Math.min(to, next == null ? LAST : next - 1);
      int point = first <= last ? JsonText.cheapest(first, last) : -1;
      if (point >= 0) {
        least = Math.min(least, entry.getValue().bytesToEnd() + JsonText.bytes(point));
      }
    }
    return Math.min(least, UNREACHABLE);
  }

  /** Code points of a range, one for each way on. */
  List<Integer> starts(int from, int to) {
    List<Integer> result = new ArrayList<>();
    for (Map.Entry<Integer, Expression> entry : after().entrySet()) {
      int first = Math.max(from, entry.getKey());
      Integer next = after().higherKey(entry.getKey());
      if (first <= to && (next == null || first < next)) {
        result.add(first);
      }
    }
    return result;
  }

  /** The first code point of the cheapest way, in a range. */
  int cheapest(int from, int to) {
    int wanted = bytesWithin(from, to);
    for (Map.Entry<Integer, Expression> entry : after().entrySet()) {
      int first = Math.max(from, entry.getKey());
      Integer next = after().higherKey(entry.getKey());
      int last = Math.min(to, next == null ? LAST : next - 1);
      int point = first <= last ? JsonText.cheapest(first, last) : -1;
      if (point >= 0 && entry.getValue().bytesToEnd() + JsonText.bytes(point) == wanted) {
        return point;
      }
    }
    return -1;
  }

  /** Finds the distance of everything within reach, nearest first, as often as it gets less. */
  private void search() {
    List<Expression> reached = new ArrayList<>(List.of(this));
    Map<Expression, Boolean> seen = new HashMap<>();
    seen.put(this, true);
    for (int i = 0; i < reached.size(); i++) {
      for (Expression next : reached.get(i).after().values()) {
        if (next.bytesToEnd < 0 && seen.put(next, true) == null) {
          reached.add(next);
        }
      }
      if (reached.size() > Expressions.MOST_STATES) {
        throw new TooLargeException();
      }
    }
    for (Expression one : reached) {
      one.bytesToEnd = one.matchesEmpty() ? 0 : UNREACHABLE;
    }
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int i = reached.size() - 1; i >= 0; i--) {
        Expression one = reached.get(i);
        int least = one.bytesToEnd == 0 ? 0 : one.bytesWithin(0, LAST);
        if (least < one.bytesToEnd) {
          one.bytesToEnd = least;
          changed = true;
        }
      }
    }
  }

  private TreeMap<Integer, Expression> after() {
    if (after == null) {
      TreeSet<Integer> starts = new TreeSet<>(List.of(0));
      addStarts(starts);
      TreeMap<Integer, Expression> found = new TreeMap<>();
      for (int start : starts) {
        Expression next = derive(start);
        if (found.isEmpty() || found.lastEntry().getValue() != next) {
          found.put(start, next);
        }
      }
      after = found;
    }
    return after;
  }

  private void addStarts(TreeSet<Integer> starts) {
    switch (kind) {
      case RANGE -> {
        starts.add(low);
        if (high < LAST) {
          starts.add(high + 1);
        }
      }
      case SEQUENCE -> {
        for (Expression part : parts) {
          part.addStarts(starts);
          if (!part.matchesEmpty()) {
            return;
          }
        }
      }
      case MULTIPLE -> {
        for (int point = '.'; point <= '9' + 1; point++) {
          starts.add(point);
        }
      }
      default -> parts.forEach(part -> part.addStarts(starts));
    }
  }

  private Expression derive(int point) {
    return switch (kind) {
      case NONE, EMPTY -> all.none();
      case RANGE -> low <= point && point <= high ? all.empty() : all.none();
      case SEQUENCE -> deriveSequence(point);
      case REPEAT ->
          all.sequence(
              parts.get(0).after(point),
              all.repeat(
                  parts.get(0), Math.max(0, low - 1), high == Expressions.MANY ? high : high - 1));
      case EITHER -> all.either(parts.stream().map(part -> part.after(point)).toList());
      case BOTH -> all.both(parts.stream().map(part -> part.after(point)).toList());
      case NOT -> all.not(parts.get(0).after(point));
      case MULTIPLE -> all.afterDigit(this, point);
    };
  }

  private Expression deriveSequence(int point) {
    List<Expression> ways = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      List<Expression> rest = new ArrayList<>(List.of(parts.get(i).after(point)));
      rest.addAll(parts.subList(i + 1, parts.size()));
      ways.add(all.sequence(rest.toArray(Expression[]::new)));
      if (!parts.get(i).matchesEmpty()) {
        break;
      }
    }
    return all.either(ways);
  }

  /** An expression has more places than are worth finding. */
  static final class TooLargeException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }
}
