package dev.swiftkv.engine.constraint;

import dev.swiftkv.engine.constraint.ArrayShape.Choice;
import dev.swiftkv.engine.constraint.SchemaType.Place;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The documents that a schema allows, byte by byte: a pushdown automaton whose states are made when
 * they are first reached. Where several shapes fit what was written, all of them go on side by
 * side. For one thread.
 */
final class JsonMachine {
  private static final int NEVER = SchemaCosts.NEVER;
  private static final int MOST_STATES = 20_000;
  private static final int MOST_EXPRESSIONS = 50_000;

  /** Most ways that go on side by side. */
  private static final int MOST_WAYS = 64;

  private final SchemaCompiler compiler;
  private final SchemaCosts costs;
  private final JsonFrames frames;
  private final JsonStrings strings;
  private final Likeness likeness;
  private final boolean isStrict;
  private final Map<Key, JsonState> known = new HashMap<>();
  private volatile int size;
  private final JsonState start;

  /** What a state is known by. */
  record Key(String kind, Object what, Frame frame, String begun, int detail) {}

  /**
   * A machine for a schema.
   *
   * @param isStrict whether whitespace is one space after a colon or a comma at most, and numbers
   *     are written in one way; otherwise everything that JSON allows, except exponents
   */
  JsonMachine(String schema, boolean isStrict) {
    this(schema, isStrict, new Likeness.Vocabulary(Set.of(), 0));
  }

  /**
   * A machine for a schema.
   *
   * @param vocabulary whose tokens will be asked for
   */
  JsonMachine(String schema, boolean isStrict, Likeness.Vocabulary vocabulary) {
    this.isStrict = isStrict;
    compiler = new SchemaCompiler(schema, isStrict);
    costs = new SchemaCosts(compiler, isStrict);
    frames = new JsonFrames(compiler, costs);
    strings = new JsonStrings(this, frames);
    likeness = new Likeness(vocabulary, compiler.make);
    Set<Place> root = Set.of(compiler.root());
    costs.visitAll(root);
    start = value(root, null, !isStrict);
  }

  /** The beginning of a document; null if no document is valid. */
  ByteState start() {
    return start;
  }

  /** The state for a key; null where no end can be reached from it. */
  private JsonState state(Key key, int bytes, JsonState.Step step) {
    return bytes >= NEVER ? null : state(key, bytes, true, 0, false, step);
  }

  /**
   * The state for a key from which an end can be reached.
   *
   * @param isKept whether it is worth keeping
   * @param freeCharacters that may follow, whichever they are
   * @param isSteady whether those leave the nearest end as it is
   */
  JsonState state(
      Key key,
      int bytes,
      boolean isKept,
      int freeCharacters,
      boolean isSteady,
      JsonState.Step step) {
    JsonState found = isKept ? known.get(key) : null;
    if (found == null) {
      found = new JsonState(bytes, isKept, () -> likeness.of(key), freeCharacters, isSteady, step);
      if (isKept) {
        keep(key, found);
      }
    }
    return found;
  }

  private void keep(Key key, JsonState state) {
    if (known.size() >= MOST_STATES) {
      known.values().forEach(JsonState::forget);
      known.clear();
    }
    known.put(key, state);
    size = compiler.make.size();
  }

  /** Whether so many names were met that the machine had better be made anew. */
  boolean isWorn() {
    return size > MOST_EXPRESSIONS;
  }

  /** All of some states side by side; null if there is none. */
  private JsonState either(List<JsonState> ways) {
    Set<JsonState> parts = new LinkedHashSet<>();
    for (JsonState way : ways) {
      if (way != null) {
        parts.addAll(way.parts());
      }
    }
    if (parts.size() <= 1) {
      return parts.isEmpty() ? null : parts.iterator().next();
    }
    List<JsonState> together = new ArrayList<>(parts);
    if (together.size() > MOST_WAYS) {
      if (!isStrict) {
        throw new Expression.TooLargeException();
      }
      // Whatever is left is valid; the nearest ends stay within reach.
      together.sort(Comparator.comparingInt(JsonState::bytesToEnd));
      together = together.subList(0, MOST_WAYS);
    }
    boolean isKept = together.stream().allMatch(JsonState::isKept);
    Key key = isKept ? new Key("either", Set.copyOf(together), null, null, 0) : null;
    JsonState found = isKept ? known.get(key) : null;
    if (found == null) {
      List<JsonState> all = List.copyOf(together);
      found = new JsonState(all, isKept, () -> sameTokens(all), value -> step(all, value));
      if (isKept) {
        keep(key, found);
      }
    }
    return found;
  }

  /** States of which some may have been left out are like no others. */
  private static Object sameTokens(List<JsonState> ways) {
    Set<Object> keys = new HashSet<>();
    ways.forEach(way -> keys.add(way.sameTokens()));
    return ways.size() < MOST_WAYS ? keys : ways;
  }

  private JsonState step(List<JsonState> ways, int value) {
    List<JsonState> after = new ArrayList<>(ways.size());
    for (JsonState way : ways) {
      after.add(way.next(value));
    }
    return either(after);
  }

  /** Whether a byte is whitespace that may stand where some may. */
  private boolean isSpace(int value) {
    boolean isBreak = value == '\n' || value == '\r' || value == '\t';
    return value == ' ' || isBreak && !isStrict;
  }

  /** Before a value. */
  private JsonState value(Set<Place> type, Frame frame, boolean mayPause) {
    return state(
        new Key("value", type, frame, null, mayPause ? 1 : 0),
        frames.valueBytes(type, frame),
        value ->
            mayPause && isSpace(value)
                ? value(type, frame, !isStrict)
                : begin(compiler.type(type), frame, value));
  }

  private JsonState begin(SchemaType type, Frame frame, int value) {
    List<JsonState> ways = new ArrayList<>();
    switch (value) {
      case '"':
        return strings.value(type.strings(), frame);
      case '[':
        type.arrays().forEach(shape -> ways.add(firstItem(Frame.of(shape, frame))));
        return either(ways);
      case '{':
        type.objects().forEach(shape -> ways.add(name(Frame.of(shape, frame), true, !isStrict)));
        return either(ways);
      case 'n':
        return type.words().contains("null") ? word("null", 1, frame) : null;
      case 't':
        return type.words().contains("true") ? word("true", 1, frame) : null;
      case 'f':
        return type.words().contains("false") ? word("false", 1, frame) : null;
      default:
        return value == '-' || value >= '0' && value <= '9'
            ? number(frames.freeNumbers(type, frame), "", frame, value)
            : null;
    }
  }

  private JsonState word(String word, int length, Frame frame) {
    int left = word.length() - length;
    return left == 0
        ? afterValue(frame, word)
        : state(
            new Key("word", word, frame, null, length),
            JsonFrames.sum(left, frames.restAfter(frame, word)),
            value -> value == word.charAt(length) ? word(word, length + 1, frame) : null);
  }

  private JsonState number(Expression before, String begunBefore, Frame frame, int digit) {
    Expression left = before.after(digit);
    if (left.isDead()) {
      return null;
    }
    // What was written matters only where it must not be written again.
    String begun = frame != null && frame.isUnique() ? begunBefore + (char) digit : "";
    boolean isUnique = !begun.isEmpty();
    int rest = isUnique ? frames.numberRest(left, begun, frame) : frames.rest(frame);
    return state(
        new Key("number", left, frame, isUnique ? begun : null, 0),
        JsonFrames.sum(left.bytesToEnd(), rest),
        value -> {
          if (value == '.' || value >= '0' && value <= '9') {
            return number(left, begun, frame, value);
          }
          if (!left.matchesEmpty()) {
            return null;
          }
          JsonState after = afterValue(frame, isUnique ? JsonFrames.canonical(begun) : "");
          return after == null ? null : after.step(value);
        });
  }

  /** After a value that has a text of its own if it must not come again. */
  private JsonState afterValue(Frame frame, String text) {
    if (frame == null || !frame.isUnique()) {
      return after(frame);
    }
    return frame.seen().contains(text) ? null : after(frame.with(text));
  }

  /** After a value. */
  private JsonState after(Frame frame) {
    return state(
        new Key("after", null, frame, null, 0),
        frames.rest(frame),
        value -> {
          if (!isStrict && isSpace(value)) {
            return after(frame);
          }
          if (frame == null) {
            return null;
          }
          if (frame.isArray()) {
            return afterItem(frame, value);
          }
          if (value == '}') {
            boolean isComplete =
                frame.seen().containsAll(frame.object().required())
                    && frame.seen().size() >= frame.object().minimum();
            return isComplete ? after(frame.outer()) : null;
          }
          return value == ',' ? name(frame, false, true) : null;
        });
  }

  private JsonState afterItem(Frame frame, int value) {
    ArrayShape shape = frame.array();
    if (value == ']') {
      boolean isComplete = frame.items() >= shape.minItems() && shape.isCounted(frame.counts());
      return isComplete ? after(frame.outer()) : null;
    }
    return value == ',' ? item(frame, true) : null;
  }

  private JsonState item(Frame frame, boolean mayPause) {
    ArrayShape shape = frame.array();
    // Later items are alike unless they are counted.
    int last = Math.max(1, Math.max(shape.minItems(), shape.longestPrefix()));
    int items =
        shape.maxItems() == ArrayShape.UNBOUNDED
            ? Math.min(frame.items() + 1, last)
            : frame.items() + 1;
    List<JsonState> ways = new ArrayList<>();
    for (Choice choice : shape.choices(frame.items(), frame.counts())) {
      ways.add(value(choice.type(), frame.with(items, choice.counts()), mayPause));
    }
    return either(ways);
  }

  private JsonState firstItem(Frame frame) {
    return state(
        new Key("items", null, frame, null, 0),
        frames.rest(frame),
        value -> {
          if (!isStrict && isSpace(value)) {
            return firstItem(frame);
          }
          if (value == ']') {
            return afterItem(frame, value);
          }
          JsonState item = item(frame, false);
          return item == null ? null : item.step(value);
        });
  }

  /** Before a name. */
  private JsonState name(Frame frame, boolean isFirst, boolean mayPause) {
    ObjectShape shape = frame.object();
    Expression names = frames.freeNames(frame);
    int bytes =
        isFirst ? frames.rest(frame) : JsonFrames.sum(1, frames.nameBytes(frame, names, ""));
    return state(
        new Key("name", null, frame, null, (isFirst ? 1 : 0) + (mayPause ? 2 : 0)),
        bytes,
        value -> {
          if (mayPause && isSpace(value)) {
            return name(frame, isFirst, !isStrict);
          }
          if (value == '}' && isFirst) {
            boolean isComplete = shape.required().isEmpty() && shape.minimum() == 0;
            return isComplete ? after(frame.outer()) : null;
          }
          return value == '"' ? strings.name(names, frame) : null;
        });
  }

  /** After the quote that ends a name, or a string in an array whose items are unlike. */
  JsonState afterText(Frame frame, String text) {
    if (JsonFrames.isTaken(frame, text)) {
      return null;
    }
    return frame.isArray() ? after(frame.with('"' + text)) : colon(frame, text);
  }

  /** After the quote that ends any other string. */
  JsonState afterText(Frame frame) {
    return after(frame);
  }

  private JsonState colon(Frame frame, String name) {
    Set<Place> type = frame.object().property(name);
    Frame inner = frame.with(name);
    return state(
        new Key("colon", type, inner, null, 0),
        JsonFrames.sum(JsonFrames.sum(1, costs.leastBytes(type)), frames.rest(inner)),
        value -> {
          if (!isStrict && isSpace(value)) {
            return colon(frame, name);
          }
          return value == ':' ? value(type, inner, true) : null;
        });
  }
}
