package dev.swiftkv.spark;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.options.Option;
import java.io.Serializable;

/**
 * How much of one task may be with the engine at a time.
 *
 * @param prompts most unanswered prompts
 * @param tokens most tokens of unanswered prompts, estimated from their bytes
 * @param bytes most bytes of rows that wait for their turn
 * @param cacheBytes most bytes of answers that the executor keeps for later tasks, 0 for none
 */
public record WindowSettings(int prompts, long tokens, long bytes, long cacheBytes)
    implements Serializable {
  /** Unanswered prompts of a task that has emitted nothing: a reader may want only a few rows. */
  public static final int FIRST_PROMPTS = 16;

  /**
   * How many more may be unanswered for every row that is read. Two tasks fill an engine of 64
   * sequences before either has read sixteen rows.
   */
  public static final int MORE_PROMPTS_PER_ROW = 2;

  /** Checks that at least one prompt fits. */
  public WindowSettings {
    check(prompts >= 1, SparkOptions.WINDOW_PROMPTS, prompts);
    check(tokens >= 1, SparkOptions.WINDOW_TOKENS, tokens);
    check(bytes >= 1, SparkOptions.WINDOW_BYTES, bytes);
    if (cacheBytes < 0) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "Option %s must be at least 0, got %d"
              .formatted(SparkOptions.key(SparkOptions.RESULT_CACHE_BYTES), cacheBytes));
    }
  }

  private static void check(boolean holds, Option<?> option, long value) {
    if (!holds) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "Option %s must be at least 1, got %d".formatted(SparkOptions.key(option), value));
    }
  }
}
