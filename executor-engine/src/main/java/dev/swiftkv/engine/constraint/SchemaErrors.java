package dev.swiftkv.engine.constraint;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;

/** What is said about a keyword that is not kept. */
final class SchemaErrors {
  private SchemaErrors() {}

  static EngineException refused(String keyword, String pointer, String why) {
    return new EngineException(
        ErrorCategory.UNSUPPORTED,
        "Option json_schema: keyword %s at %s %s".formatted(keyword, pointer, why));
  }

  static EngineException invalid(String keyword, String pointer, String why) {
    return new EngineException(
        ErrorCategory.INVALID_OPTION,
        "Option json_schema: keyword %s at %s %s".formatted(keyword, pointer, why));
  }
}
