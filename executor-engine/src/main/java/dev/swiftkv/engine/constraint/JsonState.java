package dev.swiftkv.engine.constraint;

import java.util.List;
import java.util.function.Supplier;

/** A state of a {@link JsonMachine}; the ones after it are found when they are first reached. */
final class JsonState implements ByteState {
  /** In place of a state that does not exist. */
  private static final JsonState NOWHERE =
      new JsonState(0, true, () -> "nowhere", 0, false, value -> null);

  /** What follows a byte. */
  interface Step {
    /** The state after a byte, or null. */
    JsonState step(int value);
  }

  private final int bytes;
  private final boolean isKept;
  private final Supplier<Object> sameTokens;
  private final int freeCharacters;
  private final boolean isSteady;
  private final Step step;
  private final List<JsonState> parts;
  private JsonState[] afterOrNull;
  private Object sameTokensOrNull;

  /**
   * A state.
   *
   * @param bytes to an end
   * @param isKept whether it remembers the states after it
   * @param sameTokens what it has in common with states that the same tokens follow
   * @param freeCharacters that may follow, whichever they are
   * @param isSteady whether those leave the nearest end as it is
   */
  JsonState(
      int bytes,
      boolean isKept,
      Supplier<Object> sameTokens,
      int freeCharacters,
      boolean isSteady,
      Step step) {
    this.bytes = bytes;
    this.isKept = isKept;
    this.sameTokens = sameTokens;
    this.freeCharacters = freeCharacters;
    this.isSteady = isSteady;
    this.step = step;
    parts = List.of(this);
  }

  /** Several states side by side. */
  JsonState(List<JsonState> parts, boolean isKept, Supplier<Object> sameTokens, Step step) {
    this.parts = parts;
    this.isKept = isKept;
    this.sameTokens = sameTokens;
    this.step = step;
    JsonState nearest = parts.get(0);
    int free = 0;
    for (JsonState part : parts) {
      nearest = part.bytes < nearest.bytes ? part : nearest;
      free = Math.max(free, part.freeCharacters);
    }
    bytes = nearest.bytes;
    freeCharacters = free;
    isSteady = nearest.isSteady && nearest.freeCharacters == free;
  }

  @Override
  public Object sameTokens() {
    if (sameTokensOrNull == null) {
      sameTokensOrNull = sameTokens.get();
    }
    return sameTokensOrNull;
  }

  @Override
  public int freeCharacters() {
    return freeCharacters;
  }

  @Override
  public boolean isSteady() {
    return isSteady;
  }

  /** The states that go on side by side; mostly this one alone. */
  List<JsonState> parts() {
    return parts;
  }

  boolean isKept() {
    return isKept;
  }

  /** Forgets the states after it, which would hold on to those after them and so on. */
  void forget() {
    afterOrNull = null;
  }

  @Override
  public JsonState next(int value) {
    if (!isKept) {
      return step(value);
    }
    JsonState[] after = afterOrNull;
    if (after == null) {
      after = new JsonState[256];
      afterOrNull = after;
    }
    if (after[value] == null) {
      JsonState found = step(value);
      after[value] = found == null ? NOWHERE : found;
    }
    return after[value] == NOWHERE ? null : after[value];
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
