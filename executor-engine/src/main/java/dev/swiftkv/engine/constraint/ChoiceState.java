package dev.swiftkv.engine.constraint;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A place in a tree of texts. */
final class ChoiceState implements ByteState {
  private final Map<Integer, ChoiceState> next = new TreeMap<>();
  private boolean mayEnd;
  private int bytesToEnd = Integer.MAX_VALUE;

  private ChoiceState() {}

  /** The root of a tree of texts. */
  static ChoiceState of(List<String> texts) {
    ChoiceState root = new ChoiceState();
    for (String text : texts) {
      root.add(text.getBytes(StandardCharsets.UTF_8));
    }
    return root;
  }

  @Override
  public ByteState next(int value) {
    return next.get(value);
  }

  @Override
  public boolean mayEnd() {
    return mayEnd;
  }

  @Override
  public int bytesToEnd() {
    return bytesToEnd;
  }

  private void add(byte[] text) {
    ChoiceState at = this;
    for (int i = 0; i < text.length; i++) {
      at.bytesToEnd = Math.min(at.bytesToEnd, text.length - i);
      at = at.next.computeIfAbsent(text[i] & 0xFF, value -> new ChoiceState());
    }
    at.mayEnd = true;
    at.bytesToEnd = 0;
  }
}
