package dev.swiftkv.engine.cli;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.Engine;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.Request;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * What several requests that were submitted together took.
 *
 * @param nanos from the first submission to the last completion
 * @param promptTokens of all prompts
 * @param cachedTokens of them, found in the prefix cache
 * @param completionTokens generated
 */
record BenchPhase(long nanos, long promptTokens, long cachedTokens, long completionTokens) {
  private static final double NANOS_PER_SECOND = 1e9;

  /**
   * Runs requests and waits for all.
   *
   * @throws EngineException if one of them fails
   */
  static BenchPhase run(Engine engine, List<Prompt> prompts, int maxTokens) {
    GenerationOptions options = GenerationOptions.defaults().withMaxTokens(maxTokens);
    long start = System.nanoTime();
    List<CompletableFuture<Completion>> open =
        prompts.stream().map(prompt -> engine.submit(new Request(prompt, options))).toList();
    long prompt = 0;
    long cached = 0;
    long generated = 0;
    for (CompletableFuture<Completion> one : open) {
      Completion completion = await(one);
      prompt += completion.promptTokens();
      cached += completion.cachedTokens();
      generated += completion.completionTokens();
    }
    return new BenchPhase(System.nanoTime() - start, prompt, cached, generated);
  }

  double seconds() {
    return nanos / NANOS_PER_SECOND;
  }

  /** Prompt tokens that were computed, in a second. */
  double promptTokensPerSecond() {
    return (promptTokens - cachedTokens) / seconds();
  }

  /** Generated tokens in a second. */
  double completionTokensPerSecond() {
    return completionTokens / seconds();
  }

  private static Completion await(CompletableFuture<Completion> open) {
    Completion completion;
    try {
      completion = open.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof EngineException failure ? failure : e;
    }
    completion
        .error()
        .ifPresent(
            error -> {
              throw new EngineException(error.category(), error.message());
            });
    return completion;
  }
}
