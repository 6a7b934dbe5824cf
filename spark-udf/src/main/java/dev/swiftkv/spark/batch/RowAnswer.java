package dev.swiftkv.spark.batch;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.FinishReason;
import dev.swiftkv.engine.RowError;

/**
 * What a row gets: a completion, or what was made of several.
 *
 * @param text empty where there is an error
 * @param finishReason LENGTH if any completion was cut at the token limit
 * @param usage of all prompts
 * @param errorOrNull why there is no text
 */
public record RowAnswer(
    String text, FinishReason finishReason, TokenUsage usage, RowError errorOrNull) {
  /** The completion of the row's only prompt. */
  public static RowAnswer of(Completion completion) {
    return new RowAnswer(
        completion.text(),
        completion.finishReason(),
        TokenUsage.of(completion),
        completion.errorOrNull());
  }
}
