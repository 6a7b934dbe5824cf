package dev.swiftkv.engine.constraint;

import dev.swiftkv.engine.constraint.JsonFrames.Frame;
import dev.swiftkv.engine.constraint.SchemaType.ArrayShape;
import dev.swiftkv.engine.constraint.SchemaType.ObjectShape;
import dev.swiftkv.engine.constraint.SchemaType.Place;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The documents that a schema allows, byte by byte: a pushdown automaton whose states are made when
 * they are first reached. For one thread.
 */
final class JsonMachine {
  private static final int NEVER = SchemaCosts.NEVER;
  private static final int MOST_STATES = 20_000;
  private static final int MOST_EXPRESSIONS = 50_000;

  private final SchemaCompiler compiler;
  private final SchemaCosts costs;
  private final JsonFrames frames;
  private final Expressions make;
  private final boolean isStrict;
  private final Map<Object, JsonState> known = new HashMap<>();
  private volatile int size;
  private final JsonState start;

  private record Key(Object one, Object two, Object three, int four, int five) {}

  /**
   * A machine for a schema.
   *
   * @param isStrict whether whitespace is one space after a colon or a comma at most, and numbers
   *     are written in one way; otherwise everything that JSON allows, except exponents
   */
  JsonMachine(String schema, boolean isStrict) {
    this.isStrict = isStrict;
    compiler = new SchemaCompiler(schema, isStrict);
    costs = new SchemaCosts(compiler, isStrict);
    make = compiler.make;
    frames = new JsonFrames(costs, make);
    costs.visitAll(Set.of(compiler.root()));
    start = value(Set.of(compiler.root()), null, !isStrict);
  }

  /** The beginning of a document; null if no document is valid. */
  ByteState start() {
    return start;
  }

  /** The state for a key; null where no end can be reached from it. */
  private JsonState state(Key key, int bytes, JsonState.Step step) {
    if (bytes >= NEVER) {
      return null;
    }
    JsonState found = known.get(key);
    if (found == null) {
      if (known.size() == MOST_STATES) {
        known.clear();
      }
      found = new JsonState(bytes, true, step);
      known.put(key, found);
      size = make.size();
    }
    return found;
  }

  /** Whether so many names were met that the machine had better be made anew. */
  boolean isWorn() {
    return size > MOST_EXPRESSIONS;
  }

  private static boolean isSpace(int value) {
    return value == ' ' || value == '\n' || value == '\r' || value == '\t';
  }

  /** Before a value. */
  private JsonState value(Set<Place> type, Frame frame, boolean mayPause) {
    int bytes = JsonFrames.sum(costs.leastBytes(type), frames.rest(frame));
    return state(
        new Key("value", type, frame, mayPause ? 1 : 0, 0),
        bytes,
        value ->
            mayPause && (isStrict ? value == ' ' : isSpace(value))
                ? value(type, frame, !isStrict)
                : begin(compiler.type(type), frame, value));
  }

  private JsonState begin(SchemaType type, Frame frame, int value) {
    switch (value) {
      case '"':
        return text(type.strings(), frame, null, Pending.NONE);
      case '[':
        return type.arrayOrNull() == null
            ? null
            : firstItem(new Frame(type.arrayOrNull(), 0, null, Set.of(), frame));
      case '{':
        return type.objectOrNull() == null
            ? null
            : name(new Frame(null, 0, type.objectOrNull(), Set.of(), frame), true, !isStrict);
      case 'n':
        return type.words().contains("null") ? word("ull", frame) : null;
      case 't':
        return type.words().contains("true") ? word("rue", frame) : null;
      case 'f':
        return type.words().contains("false") ? word("alse", frame) : null;
      default:
        return value == '-' || value >= '0' && value <= '9'
            ? number(type.numbers().after(value), frame)
            : null;
    }
  }

  private JsonState word(String left, Frame frame) {
    return left.isEmpty()
        ? after(frame)
        : state(
            new Key("word", left, frame, 0, 0),
            JsonFrames.sum(left.length(), frames.rest(frame)),
            value -> value == left.charAt(0) ? word(left.substring(1), frame) : null);
  }

  private JsonState number(Expression left, Frame frame) {
    return state(
        new Key("number", left, frame, 0, 0),
        JsonFrames.sum(left.bytesToEnd(), frames.rest(frame)),
        value -> {
          if (value == '.' || value >= '0' && value <= '9') {
            return number(left.after(value), frame);
          }
          JsonState after = left.matchesEmpty() ? after(frame) : null;
          return after == null ? null : after.step(value);
        });
  }

  /** After a value. */
  private JsonState after(Frame frame) {
    return state(
        new Key("after", frame, null, 0, 0),
        frames.rest(frame),
        value -> {
          if (!isStrict && isSpace(value)) {
            return after(frame);
          }
          if (frame == null) {
            return null;
          }
          if (frame.arrayOrNull() != null) {
            return afterItem(frame, value);
          }
          if (value == '}') {
            boolean isComplete =
                frame.seen().containsAll(frame.objectOrNull().required())
                    && frame.seen().size() >= frame.objectOrNull().minimum();
            return isComplete ? after(frame.outer()) : null;
          }
          return value == ',' ? name(frame, false, true) : null;
        });
  }

  private JsonState afterItem(Frame frame, int value) {
    if (value == ']') {
      return frame.items() >= frame.arrayOrNull().minItems() ? after(frame.outer()) : null;
    }
    return value == ',' ? item(frame, true) : null;
  }

  private JsonState item(Frame frame, boolean mayPause) {
    ArrayShape shape = frame.arrayOrNull();
    Set<Place> type = costs.item(shape, frame.items());
    if (type == null) {
      return null;
    }
    // Later items are alike unless they are counted.
    int counted =
        shape.maxItems() == SchemaCompiler.UNBOUNDED
            ? Math.min(frame.items() + 1, Math.max(1, costs.lastIndex(shape)))
            : frame.items() + 1;
    return value(type, new Frame(shape, counted, null, Set.of(), frame.outer()), mayPause);
  }

  private JsonState firstItem(Frame frame) {
    return state(
        new Key("items", frame, null, 0, 0),
        frames.rest(frame),
        value -> {
          if (!isStrict && isSpace(value)) {
            return firstItem(frame);
          }
          if (value == ']') {
            return frame.arrayOrNull().minItems() == 0 ? after(frame.outer()) : null;
          }
          JsonState item = item(frame, false);
          return item == null ? null : item.step(value);
        });
  }

  /** Before a name. */
  private JsonState name(Frame frame, boolean isFirst, boolean mayPause) {
    ObjectShape shape = frame.objectOrNull();
    Expression names = frames.freeNames(frame);
    int bytes =
        isFirst ? frames.rest(frame) : JsonFrames.sum(1, frames.nameBytes(frame, names, ""));
    return state(
        new Key("name", frame, null, isFirst ? 1 : 0, mayPause ? 1 : 0),
        bytes,
        value -> {
          if (mayPause && (isStrict ? value == ' ' : isSpace(value))) {
            return name(frame, isFirst, !isStrict);
          }
          if (value == '}' && isFirst) {
            boolean isComplete = shape.required().isEmpty() && shape.minimum() == 0;
            return isComplete ? after(frame.outer()) : null;
          }
          return value == '"' ? text(names, frame, "", Pending.NONE) : null;
        });
  }

  /**
   * A character begun: those from {@code from} to {@code to} are possible, after so many bytes.
   *
   * @param kind 0 for none, 1 inside UTF-8, 2 after a backslash, 3 inside four digits
   */
  private record Pending(int kind, int bytes, int from, int to) {
    static final Pending NONE = new Pending(0, 0, 0, Character.MAX_CODE_POINT);
  }

  /**
   * Inside a string.
   *
   * @param begunOrNull what there is of a name; null in a value
   */
  private JsonState text(Expression left, Frame frame, String begunOrNull, Pending pending) {
    int bytes = textBytes(left, frame, begunOrNull, pending);
    if (begunOrNull != null && bytes < NEVER && !begunOrNull.isEmpty()) {
      // Names differ from document to document; keeping them all would fill the memory.
      return new JsonState(
          bytes, false, value -> afterByte(left, frame, begunOrNull, pending, value));
    }
    return state(
        new Key(left, frame, begunOrNull, pending.kind * 8 + pending.bytes, pending.from),
        bytes,
        value -> afterByte(left, frame, begunOrNull, pending, value));
  }

  private int textBytes(Expression left, Frame frame, String begunOrNull, Pending pending) {
    if (pending.kind == 0) {
      return begunOrNull == null
          ? JsonFrames.sum(JsonFrames.sum(left.bytesToEnd(), 1), frames.rest(frame))
          : frames.nameBytes(frame, left, begunOrNull);
    }
    if (pending.kind == 2) {
      int least = NEVER;
      for (int letter : new int[] {'"', '\\', '/', 'b', 'f', 'n', 'r', 't'}) {
        int point = JsonEscapes.point(letter);
        least = Math.min(least, JsonFrames.sum(1, completed(left, frame, begunOrNull, point)));
      }
      JsonState digits = text(left, frame, begunOrNull, new Pending(3, 4, 0, 0xFFFF));
      return digits == null ? least : Math.min(least, JsonFrames.sum(1, digits.bytesToEnd()));
    }
    int least = NEVER;
    for (int[] range : JsonEscapes.characters(pending.from, pending.to)) {
      // By what follows alone: the bytes of the character itself are those that are left.
      for (int point : left.starts(range[0], range[1])) {
        least = Math.min(least, completed(left, frame, begunOrNull, point));
      }
    }
    return JsonFrames.sum(pending.bytes, least);
  }

  /** Bytes after a character. */
  private int completed(Expression left, Frame frame, String begunOrNull, int point) {
    String begun = begunOrNull == null ? null : begunOrNull + Character.toString(point);
    return textBytes(left.after(point), frame, begun, Pending.NONE);
  }

  private JsonState afterByte(
      Expression left, Frame frame, String begunOrNull, Pending pending, int value) {
    switch (pending.kind) {
      case 1:
        if (value < 0x80 || value > 0xBF) {
          return null;
        }
        return narrow(left, frame, begunOrNull, pending, 6, value & 0x3F);
      case 2:
        if (value == 'u') {
          return text(left, frame, begunOrNull, new Pending(3, 4, 0, 0xFFFF));
        }
        int point = JsonEscapes.point(value);
        return point < 0 ? null : character(left, frame, begunOrNull, point);
      case 3:
        int digit = value < 0x80 ? Character.digit(value, 16) : -1;
        return digit < 0 ? null : narrow(left, frame, begunOrNull, pending, 4, digit);
      default:
        return firstByte(left, frame, begunOrNull, value);
    }
  }

  private JsonState firstByte(Expression left, Frame frame, String begunOrNull, int value) {
    if (value == '"') {
      return endText(left, frame, begunOrNull);
    }
    if (value == '\\') {
      return text(left, frame, begunOrNull, new Pending(2, 0, 0, 0));
    }
    if (value < 0x80) {
      return value < ' ' ? null : character(left, frame, begunOrNull, value);
    }
    if (value < 0xC2 || value > 0xF4) {
      return null;
    }
    int more = value < 0xE0 ? 1 : value < 0xF0 ? 2 : 3;
    int least = more == 1 ? 0x80 : more == 2 ? 0x800 : 0x10000;
    int from = (value & (0x3F >> more)) << 6 * more;
    int to = Math.min(Character.MAX_CODE_POINT, from + (1 << 6 * more) - 1);
    return text(left, frame, begunOrNull, new Pending(1, more, Math.max(least, from), to));
  }

  private JsonState narrow(
      Expression left, Frame frame, String begunOrNull, Pending pending, int bits, int digit) {
    int more = pending.bytes - 1;
    int width = 1 << bits * more;
    int base = pending.from >> bits * pending.bytes << bits * pending.bytes;
    int from = Math.max(pending.from, base + digit * width);
    int to = Math.min(pending.to, base + digit * width + width - 1);
    if (from > to) {
      return null;
    }
    return more == 0
        ? Character.isSurrogate((char) from) && from < 0x10000
            ? null
            : character(left, frame, begunOrNull, from)
        : text(left, frame, begunOrNull, new Pending(pending.kind, more, from, to));
  }

  private JsonState character(Expression left, Frame frame, String begunOrNull, int point) {
    String begun = begunOrNull == null ? null : begunOrNull + Character.toString(point);
    return text(left.after(point), frame, begun, Pending.NONE);
  }

  private JsonState endText(Expression left, Frame frame, String begunOrNull) {
    if (!left.matchesEmpty()) {
      return null;
    }
    if (begunOrNull == null) {
      return after(frame);
    }
    return frame.seen().contains(begunOrNull) ? null : colon(frame, begunOrNull);
  }

  private JsonState colon(Frame frame, String name) {
    Set<Place> type = costs.property(frame.objectOrNull(), name);
    Frame inner = JsonFrames.with(frame, name);
    return state(
        new Key("colon", inner, name, 0, 0),
        JsonFrames.sum(JsonFrames.sum(1, costs.leastBytes(type)), frames.rest(inner)),
        value -> {
          if (!isStrict && isSpace(value)) {
            return colon(frame, name);
          }
          return value == ':' ? value(type, inner, true) : null;
        });
  }
}
