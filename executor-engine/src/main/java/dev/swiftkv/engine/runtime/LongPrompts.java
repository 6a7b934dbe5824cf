package dev.swiftkv.engine.runtime;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.LongPromptPolicy;
import java.util.Arrays;

/** Makes room for the completion: refuses or shortens prompts that do not fit with it. */
final class LongPrompts {
  private final EngineLimits limits;

  LongPrompts(EngineLimits limits) {
    this.limits = limits;
  }

  /**
   * The prompt that the model will see.
   *
   * @throws EngineException INVALID_OPTION if max_tokens alone exceeds the context, INVALID_PROMPT
   *     if the prompt is too long and may not be cut, OUT_OF_MEMORY if the KV cache could never
   *     hold it
   */
  int[] fit(int[] ids, GenerationOptions options) {
    int room = limits.contextLength() - options.maxTokens();
    if (room < 1) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "max_tokens %d leaves no room for a prompt in the model's context of %d tokens; use at most %d"
              .formatted(options.maxTokens(), limits.contextLength(), limits.contextLength() - 1));
    }
    int[] fitting = ids.length <= room ? ids : cut(ids, room, options);
    checkCache(fitting.length, options.maxTokens());
    return fitting;
  }

  /**
   * The prompt that the model will see before a continuation that it scores.
   *
   * @throws EngineException INVALID_PROMPT if the continuation alone fills the context; otherwise
   *     as {@link #fit}
   */
  int[] fitBefore(int[] continuation, int[] ids, GenerationOptions options) {
    if (continuation.length >= limits.contextLength()) {
      throw new EngineException(
          ErrorCategory.INVALID_PROMPT,
          "The continuation has %d tokens; with a prompt the model's context of %d has room for %d. Shorten it"
              .formatted(continuation.length, limits.contextLength(), limits.contextLength() - 1));
    }
    return fit(ids, options.withMaxTokens(continuation.length));
  }

  private int[] cut(int[] ids, int room, GenerationOptions options) {
    // The beginning-of-sequence token is the frame, not the prompt: it stays.
    int kept = room > 1 && ids[0] == limits.bosTokenId() ? 1 : 0;
    LongPromptPolicy policy = options.onLongPrompt();
    return switch (policy) {
      case ERROR -> throw tooLong(ids.length, room, options.maxTokens());
      case TRUNCATE_START -> withoutMiddle(ids, kept, room - kept);
      case TRUNCATE_MIDDLE -> withoutMiddle(ids, room - room / 2, room / 2);
      case TRUNCATE_END -> Arrays.copyOf(ids, room);
    };
  }

  private static int[] withoutMiddle(int[] ids, int before, int after) {
    int[] result = Arrays.copyOf(ids, before + after);
    System.arraycopy(ids, ids.length - after, result, before, after);
    return result;
  }

  private void checkCache(int promptTokens, int maxTokens) {
    long tokens = (long) promptTokens + maxTokens;
    long capacity = (long) limits.kvBlocks() * limits.kvBlockTokens();
    if (tokens > capacity) {
      throw new EngineException(
          ErrorCategory.OUT_OF_MEMORY,
          "%d prompt tokens and max_tokens %d need room for %d tokens; the KV cache holds %d. "
                  .formatted(promptTokens, maxTokens, tokens, capacity)
              + "Raise kvCacheBytes, shorten the prompt or lower max_tokens");
    }
  }

  private EngineException tooLong(int tokens, int room, int maxTokens) {
    return new EngineException(
        ErrorCategory.INVALID_PROMPT,
        "The prompt has %d tokens; with max_tokens %d the context of %d tokens has room for %d. "
                .formatted(tokens, maxTokens, limits.contextLength(), room)
            + "Shorten it, lower max_tokens, or set onLongPrompt to truncateStart,"
            + " truncateMiddle or truncateEnd");
  }
}
