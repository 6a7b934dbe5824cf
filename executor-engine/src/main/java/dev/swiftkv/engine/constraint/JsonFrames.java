package dev.swiftkv.engine.constraint;

import dev.swiftkv.engine.constraint.SchemaType.Place;
import java.math.BigDecimal;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** How far it is from a place in a document to its end. */
final class JsonFrames {
  private static final int NEVER = SchemaCosts.NEVER;

  private final SchemaCompiler compiler;
  private final SchemaCosts costs;
  private final Expressions make;

  JsonFrames(SchemaCompiler compiler, SchemaCosts costs) {
    this.compiler = compiler;
    this.costs = costs;
    make = compiler.make;
  }

  static int sum(int one, int other) {
    return Math.min(NEVER, one + other);
  }

  /** Bytes from after the value in a frame to the end of the document. */
  int rest(Frame frame) {
    if (frame == null) {
      return 0;
    }
    if (frame.rest() < 0) {
      int own =
          frame.isArray()
              ? costs.arrays().close(frame.array(), frame.items(), frame.counts(), frame.seen())
              : costs.closeObject(frame.object(), frame.seen());
      frame.setRest(sum(own, rest(frame.outer())));
    }
    return frame.rest();
  }

  /** Bytes from after a word or a number, given as {@link #canonical} has it. */
  int restAfter(Frame frame, String value) {
    if (frame == null || !frame.isUnique()) {
      return rest(frame);
    }
    return frame.seen().contains(value) ? NEVER : rest(frame.with(value));
  }

  /** Bytes from before a value. */
  int valueBytes(Set<Place> type, Frame frame) {
    if (frame == null || !frame.isUnique()) {
      return sum(costs.leastBytes(type), rest(frame));
    }
    SchemaType which = compiler.type(type);
    int least = sum(1, nameBytes(frame, which.strings(), ""));
    for (String word : which.words()) {
      least = Math.min(least, sum(word.length(), restAfter(frame, word)));
    }
    Expression numbers = freeNumbers(which, frame);
    return numbers.isDead()
        ? least
        : Math.min(least, sum(numbers.bytesToEnd(), numberRest(numbers, "", frame)));
  }

  /** Numbers that a value may be. */
  Expression freeNumbers(SchemaType type, Frame frame) {
    Expression free = type.numbers();
    if (frame != null && frame.isUnique()) {
      for (String value : frame.seen()) {
        boolean isNumber = value.charAt(0) == '-' || Character.isDigit(value.charAt(0));
        free = isNumber ? without(free, value) : free;
      }
    }
    return free;
  }

  private Expression without(Expression numbers, String value) {
    return make.both(List.of(numbers, make.not(compiler.equalNumbers(new BigDecimal(value)))));
  }

  /** Bytes after a number that ends in the nearest way. */
  int numberRest(Expression left, String begun, Frame frame) {
    return restAfter(frame, canonical(begun + left.shortest()));
  }

  /** The one text of all that write the same number. */
  static String canonical(String number) {
    return new BigDecimal(number).stripTrailingZeros().toPlainString();
  }

  Expression freeNames(Frame frame) {
    ObjectShape shape = frame.object();
    Set<String> missing = new HashSet<>(shape.required());
    missing.removeAll(frame.seen());
    Expression names = costs.names(shape);
    if (frame.seen().size() + missing.size() >= shape.maximum()) {
      Expression needed = make.either(missing.stream().sorted().map(make::literal).toList());
      names = make.both(List.of(names, needed));
    }
    return names;
  }

  /**
   * Bytes from inside a name, or a string that must be unlike others, to the end: by the cheapest
   * that is not taken and by each name that is required, since the latter leaves less to be done.
   */
  int nameBytes(Frame frame, Expression left, String begun) {
    Expression free = left;
    while (!free.isDead() && isTaken(frame, begun + free.shortest())) {
      free = make.both(List.of(free, make.not(make.literal(free.shortest()))));
    }
    if (free.isDead()) {
      return NEVER;
    }
    int least = sum(free.bytesToEnd(), endName(frame, begun + free.shortest()));
    if (frame.isArray()) {
      return least;
    }
    for (String name : frame.object().required()) {
      if (!frame.seen().contains(name) && name.startsWith(begun)) {
        int own = JsonText.bytes(name.substring(begun.length()));
        least = Math.min(least, sum(own, endName(frame, name)));
      }
    }
    return least;
  }

  /** Whether a name, or a string in an array, must not come again. */
  static boolean isTaken(Frame frame, String text) {
    return frame.seen().contains(frame.isArray() ? '"' + text : text);
  }

  /** Quote, colon, value, and the rest of the object; or quote and the rest of the array. */
  private int endName(Frame frame, String name) {
    if (frame.isArray()) {
      return sum(1, rest(frame.with('"' + name)));
    }
    int value = costs.leastBytes(frame.object().property(name));
    return sum(sum(2, value), rest(frame.with(name)));
  }
}
