package dev.swiftkv.engine;

import java.util.HashSet;
import java.util.List;

/** What a completion must be, whatever the model would rather say. */
public sealed interface Constraint {
  /** Anything. */
  Constraint NONE = new None();

  /** No constraint. */
  record None() implements Constraint {}

  /**
   * Exactly one of some texts.
   *
   * @param texts at least one, distinct, none empty
   */
  record Choices(List<String> texts) implements Constraint {
    /** Checks and copies the texts. */
    public Choices {
      texts = List.copyOf(texts);
      if (texts.isEmpty() || texts.contains("") || new HashSet<>(texts).size() < texts.size()) {
        throw new EngineException(
            ErrorCategory.INVALID_OPTION,
            "Option choices needs one or more distinct strings, none empty, got %s"
                .formatted(texts));
      }
    }
  }

  /**
   * A JSON document that is valid for a schema.
   *
   * @param text the schema, draft 2020-12
   */
  record JsonSchema(String text) implements Constraint {}
}
