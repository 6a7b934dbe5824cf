package dev.swiftkv.spark.batch;

import java.io.Serializable;

/**
 * How much of one task may be with the engine at a time.
 *
 * @param prompts most unanswered prompts
 * @param tokens most tokens of unanswered prompts, estimated from their bytes
 * @param bytes most bytes of rows that wait for their turn
 */
public record WindowSettings(int prompts, long tokens, long bytes) implements Serializable {
  /** Unanswered prompts of a task that has emitted nothing: a reader may want only a few rows. */
  public static final int FIRST_PROMPTS = 8;

  /** Checks that at least one prompt fits. */
  public WindowSettings {
    check(prompts >= 1, "prompts", prompts);
    check(tokens >= 1, "tokens", tokens);
    check(bytes >= 1, "bytes", bytes);
  }

  private static void check(boolean holds, String name, long value) {
    if (!holds) {
      throw new IllegalArgumentException(
          "spark.swiftkv.window.%s must be at least 1, got %d".formatted(name, value));
    }
  }
}
