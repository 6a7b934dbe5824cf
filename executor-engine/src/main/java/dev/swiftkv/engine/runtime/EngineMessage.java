package dev.swiftkv.engine.runtime;

/** What callers tell the engine's thread. */
sealed interface EngineMessage {
  /** A request to serve. */
  record Submitted(OpenRequest request) implements EngineMessage {}

  /** End after the current step. */
  record Stop() implements EngineMessage {}
}
