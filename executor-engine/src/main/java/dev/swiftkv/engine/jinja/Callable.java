package dev.swiftkv.engine.jinja;

/** A value that can be called: a macro, a method, a function. */
@FunctionalInterface
interface Callable {
  Object call(Arguments arguments);
}
