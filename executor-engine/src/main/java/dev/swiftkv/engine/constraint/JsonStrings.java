package dev.swiftkv.engine.constraint;

import dev.swiftkv.engine.constraint.JsonMachine.Key;

/** The part of a {@link JsonMachine} that is inside quotes: characters, their bytes and escapes. */
final class JsonStrings {
  private static final int NEVER = SchemaCosts.NEVER;

  private final JsonMachine machine;
  private final JsonFrames frames;

  JsonStrings(JsonMachine machine, JsonFrames frames) {
    this.machine = machine;
    this.frames = frames;
  }

  /** Where in a string. */
  record At(Expression left, Pending pending) {}

  /** After the quote that begins a value. */
  JsonState value(Expression allowed, Frame frame) {
    boolean isUnique = frame != null && frame.isUnique();
    return text(allowed, frame, isUnique ? "" : null, Pending.NONE);
  }

  /** After the quote that begins a name. */
  JsonState name(Expression allowed, Frame frame) {
    return text(allowed, frame, "", Pending.NONE);
  }

  /**
   * A character begun: those from {@code from} to {@code to} are possible, after so many bytes.
   *
   * @param kind 0 for none, 1 inside UTF-8, 2 after a backslash, 3 inside four digits
   */
  record Pending(int kind, int bytes, int from, int to) {
    static final Pending NONE = new Pending(0, 0, 0, Character.MAX_CODE_POINT);
  }

  /**
   * Inside a string.
   *
   * @param begunOrNull what there is of a name; null in a value
   */
  private JsonState text(Expression left, Frame frame, String begunOrNull, Pending pending) {
    if (left.isDead()) {
      return null;
    }
    int bytes = textBytes(left, frame, begunOrNull, pending);
    if (bytes >= NEVER) {
      return null;
    }
    // Names differ from document to document; keeping them all would fill the memory.
    boolean isKept = begunOrNull == null || begunOrNull.isEmpty();
    return machine.state(
        new Key("text", new At(left, pending), frame, begunOrNull, 0),
        bytes,
        isKept,
        pending.kind == 0 ? freeCharacters(left) : 0,
        begunOrNull == null && left.matchesEmpty(),
        value -> afterByte(left, frame, begunOrNull, pending, value));
  }

  /** Characters that may follow, whichever they are. */
  private static int freeCharacters(Expression left) {
    if (left.isAnyText()) {
      return Integer.MAX_VALUE;
    }
    boolean isCounted = left.kind == Expression.Kind.REPEAT && left.parts.get(0).isAnyCharacter();
    return isCounted ? left.high : left.isAnyCharacter() ? 1 : 0;
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
    return begunOrNull == null ? machine.afterText(frame) : machine.afterText(frame, begunOrNull);
  }
}
