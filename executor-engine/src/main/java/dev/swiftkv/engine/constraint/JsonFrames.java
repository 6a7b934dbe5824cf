package dev.swiftkv.engine.constraint;

import dev.swiftkv.engine.constraint.SchemaType.ArrayShape;
import dev.swiftkv.engine.constraint.SchemaType.ObjectShape;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What encloses a value, and how far it is from there to the end of the document. */
final class JsonFrames {
  private static final int NEVER = SchemaCosts.NEVER;

  private final SchemaCosts costs;
  private final Expressions make;

  JsonFrames(SchemaCosts costs, Expressions make) {
    this.costs = costs;
    this.make = make;
  }

  /** What encloses a value: an array with the items before it, or an object with its names. */
  record Frame(
      ArrayShape arrayOrNull, int items, ObjectShape objectOrNull, Set<String> seen, Frame outer) {}

  static int sum(int one, int other) {
    return Math.min(NEVER, one + other);
  }

  /** Bytes from after the value in a frame to the end of the document. */
  int rest(Frame frame) {
    if (frame == null) {
      return 0;
    }
    int own =
        frame.arrayOrNull() != null
            ? costs.closeArray(frame.arrayOrNull(), frame.items())
            : costs.closeObject(frame.objectOrNull(), frame.seen());
    return sum(own, rest(frame.outer()));
  }

  Expression freeNames(Frame frame) {
    ObjectShape shape = frame.objectOrNull();
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
   * Bytes from inside a name to the end, by the cheapest name that is not taken and by each that is
   * required: the latter leaves less to be done.
   */
  int nameBytes(Frame frame, Expression left, String begun) {
    Expression free = left;
    while (!free.isDead() && frame.seen().contains(begun + free.shortest())) {
      free = make.both(List.of(free, make.not(make.literal(free.shortest()))));
    }
    if (free.isDead()) {
      return NEVER;
    }
    int least = sum(free.bytesToEnd(), endName(frame, begun + free.shortest()));
    for (String name : frame.objectOrNull().required()) {
      if (!frame.seen().contains(name) && name.startsWith(begun)) {
        int own = JsonText.bytes(name.substring(begun.length()));
        least = Math.min(least, sum(own, endName(frame, name)));
      }
    }
    return least;
  }

  /** Quote, colon, value, and the rest of the object. */
  private int endName(Frame frame, String name) {
    int value = costs.leastBytes(costs.property(frame.objectOrNull(), name));
    return sum(sum(2, value), rest(with(frame, name)));
  }

  static Frame with(Frame frame, String name) {
    Set<String> seen = new HashSet<>(frame.seen());
    seen.add(name);
    return new Frame(null, 0, frame.objectOrNull(), Set.copyOf(seen), frame.outer());
  }
}
