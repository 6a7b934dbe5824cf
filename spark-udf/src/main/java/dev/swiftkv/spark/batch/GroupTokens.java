package dev.swiftkv.spark.batch;

import dev.swiftkv.engine.Engine;
import dev.swiftkv.engine.GenerationOptions;

/**
 * How many tokens texts have for the engine that answers a call, and how many fit.
 *
 * @param engine the engine
 * @param options of the call
 * @param specialTokens that the tokenizer adds to every text
 */
record GroupTokens(Engine engine, GenerationOptions options, int specialTokens) {
  static GroupTokens of(Engine engine, GenerationOptions options) {
    return new GroupTokens(engine, options, engine.countTokens(""));
  }

  /** Of a part of a prompt. */
  int ofText(String text) {
    return Math.max(0, engine.countTokens(text) - specialTokens);
  }

  /** Of a whole prompt, with what the engine puts around it. */
  int ofPrompt(String prompt) {
    return engine.countTokens(prompt, options);
  }

  /** Most tokens of a prompt beside its completion. */
  int room() {
    return contextLength() - options.maxTokens();
  }

  int maxTokens() {
    return options.maxTokens();
  }

  int contextLength() {
    return engine.model().contextLength();
  }
}
