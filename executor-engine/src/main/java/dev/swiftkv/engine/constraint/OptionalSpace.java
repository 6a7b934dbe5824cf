package dev.swiftkv.engine.constraint;

/**
 * The beginning of a text for tokenizers whose decoder leaves out one space there: the tokens may
 * write it or not.
 */
record OptionalSpace(ByteState text) implements ByteState {
  @Override
  public ByteState next(int value) {
    return value == ' ' ? text : text.next(value);
  }

  @Override
  public boolean mayEnd() {
    return text.mayEnd();
  }

  @Override
  public int bytesToEnd() {
    return text.bytesToEnd();
  }
}
