package dev.swiftkv.engine.constraint;

import java.util.List;

/** A state of a {@link JsonMachine}; the ones after it are found when they are first reached. */
final class JsonState implements ByteState {
  /** In place of a state that does not exist. */
  private static final JsonState NOWHERE = new JsonState(0, true, value -> null);

  /** What follows a byte. */
  interface Step {
    /** The state after a byte, or null. */
    JsonState step(int value);
  }

  private final int bytes;
  private final boolean isKept;
  private final Step step;
  private final List<JsonState> parts;
  private JsonState[] afterOrNull;

  /**
   * A state.
   *
   * @param bytes to an end
   * @param isKept whether it remembers the states after it
   */
  JsonState(int bytes, boolean isKept, Step step) {
    this.bytes = bytes;
    this.isKept = isKept;
    this.step = step;
    parts = List.of(this);
  }

  /** Several states side by side. */
  JsonState(List<JsonState> parts, boolean isKept, Step step) {
    this.parts = parts;
    this.isKept = isKept;
    this.step = step;
    int least = Integer.MAX_VALUE;
    for (JsonState part : parts) {
      least = Math.min(least, part.bytes);
    }
    bytes = least;
  }

  /** The states that go on side by side; mostly this one alone. */
  List<JsonState> parts() {
    return parts;
  }

  boolean isKept() {
    return isKept;
  }

  @Override
  public JsonState next(int value) {
    if (!isKept) {
      return step(value);
    }
    if (afterOrNull == null) {
      afterOrNull = new JsonState[256];
    }
    if (afterOrNull[value] == null) {
      JsonState found = step(value);
      afterOrNull[value] = found == null ? NOWHERE : found;
    }
    return afterOrNull[value] == NOWHERE ? null : afterOrNull[value];
  }

  @Override
  public boolean mayEnd() {
    return bytes == 0;
  }

  @Override
  public int bytesToEnd() {
    return bytes;
  }

  /** The state after a byte, found anew. */
  JsonState step(int value) {
    return step.step(value);
  }
}
