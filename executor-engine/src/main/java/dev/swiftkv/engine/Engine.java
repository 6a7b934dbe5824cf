package dev.swiftkv.engine;

import java.util.concurrent.CompletableFuture;

/** One model resident on one device, serving every task of the JVM. Safe from any thread. */
public interface Engine extends AutoCloseable {
  /**
   * Hands over a request. The prompt is read before this returns.
   *
   * @return completes with the answer, or with a completion that carries the row's error; fails
   *     with an {@link EngineException} only if the engine itself can no longer serve. Cancelling
   *     it frees what the request holds.
   */
  CompletableFuture<Completion> submit(Request request);

  /** Tokens of a text as {@link #submit} would count them, special tokens included. */
  int countTokens(String text);

  /**
   * Tokens of a text with these options: with {@code chat}, those of the conversation that it is
   * wrapped in.
   *
   * @throws EngineException INVALID_PROMPT if the text is empty, UNSUPPORTED if the model has no
   *     chat template
   */
  default int countTokens(String text, GenerationOptions options) {
    return countTokens(text);
  }

  /** What is loaded. */
  ModelSummary model();

  /** Counters since the engine opened. */
  EngineStats stats();

  /** Whether requests are still served: not after {@link #close} nor after a fatal failure. */
  default boolean isServing() {
    return true;
  }

  /** Cancels what is open and frees the device. */
  @Override
  void close();
}
