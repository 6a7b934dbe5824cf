package dev.swiftkv.engine.jinja;

/** The variable {@code loop} of a recursive {@code for}, which can also be called. */
record RecursiveLoop(Loop loop, Callable again) implements Callable {
  @Override
  public Object call(Arguments arguments) {
    return again.call(arguments);
  }
}
