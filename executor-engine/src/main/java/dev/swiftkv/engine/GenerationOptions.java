package dev.swiftkv.engine;

import java.util.List;

/**
 * Everything a caller may choose about one completion.
 *
 * @param maxTokens most new tokens, at least 1
 * @param sampling how tokens are chosen
 * @param stop strings that end the completion, not part of its text; none may be empty
 * @param onLongPrompt what happens to a prompt that does not fit
 * @param chat whether a plain prompt is wrapped as one user message with the model's chat template
 * @param constraint what the completion must be; where there is one, stop strings have no effect
 */
public record GenerationOptions(
    int maxTokens,
    SamplingParams sampling,
    List<String> stop,
    LongPromptPolicy onLongPrompt,
    boolean chat,
    Constraint constraint) {
  /** New tokens where the caller does not say. */
  public static final int DEFAULT_MAX_TOKENS = 128;

  /** Checks the ranges. */
  public GenerationOptions {
    if (maxTokens < 1) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "Option max_tokens must be at least 1, got %d".formatted(maxTokens));
    }
    stop = List.copyOf(stop);
    if (stop.contains("")) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION, "Option stop must not contain an empty string");
    }
  }

  /** Greedy, {@value #DEFAULT_MAX_TOKENS} tokens, no stop strings, long prompts are row errors. */
  public static GenerationOptions defaults() {
    return new GenerationOptions(
        DEFAULT_MAX_TOKENS,
        SamplingParams.GREEDY,
        List.of(),
        LongPromptPolicy.ERROR,
        false,
        Constraint.NONE);
  }

  /** These options with another limit on new tokens. */
  public GenerationOptions withMaxTokens(int tokens) {
    return new GenerationOptions(tokens, sampling, stop, onLongPrompt, chat, constraint);
  }

  /** These options with another way of choosing tokens. */
  public GenerationOptions withSampling(SamplingParams params) {
    return new GenerationOptions(maxTokens, params, stop, onLongPrompt, chat, constraint);
  }

  /** These options with other stop strings. */
  public GenerationOptions withStop(List<String> strings) {
    return new GenerationOptions(maxTokens, sampling, strings, onLongPrompt, chat, constraint);
  }

  /** These options with another policy for long prompts. */
  public GenerationOptions withOnLongPrompt(LongPromptPolicy policy) {
    return new GenerationOptions(maxTokens, sampling, stop, policy, chat, constraint);
  }

  /** These options with the chat template on or off. */
  public GenerationOptions withChat(boolean wrap) {
    return new GenerationOptions(maxTokens, sampling, stop, onLongPrompt, wrap, constraint);
  }

  /** These options with another constraint. */
  public GenerationOptions withConstraint(Constraint other) {
    return new GenerationOptions(maxTokens, sampling, stop, onLongPrompt, chat, other);
  }
}
