package dev.swiftkv.spark.batch;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;

/** Turns the failure of a future into what the task fails with. */
final class EngineFailures {
  private EngineFailures() {}

  static RuntimeException unwrap(Exception e) {
    if (e.getCause() instanceof EngineException engine) {
      return engine;
    }
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return new EngineException(
        ErrorCategory.INTERNAL, "The engine failed while answering: " + cause, cause);
  }
}
