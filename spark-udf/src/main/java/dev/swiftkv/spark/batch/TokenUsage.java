package dev.swiftkv.spark.batch;

import dev.swiftkv.engine.Completion;

/**
 * Tokens that an answer took, of all its prompts.
 *
 * @param prompt of the prompts
 * @param cached how many of them came from the prefix cache
 * @param completion generated
 */
public record TokenUsage(long prompt, long cached, long completion) {
  /** Of no prompt. */
  public static final TokenUsage NONE = new TokenUsage(0, 0, 0);

  static TokenUsage of(Completion completion) {
    return new TokenUsage(
        completion.promptTokens(), completion.cachedTokens(), completion.completionTokens());
  }

  TokenUsage plus(TokenUsage other) {
    return new TokenUsage(
        prompt + other.prompt, cached + other.cached, completion + other.completion);
  }
}
