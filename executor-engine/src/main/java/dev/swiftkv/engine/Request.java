package dev.swiftkv.engine;

import java.util.Optional;

/**
 * One prompt and how to answer it: with a completion of the model's own, or with the probability
 * that the model gives to a continuation.
 *
 * @param prompt what is asked
 * @param options how to answer
 * @param continuationOrNull what is scored; null where the model is to generate
 */
public record Request(Prompt prompt, GenerationOptions options, Prompt continuationOrNull) {
  /** A prompt that the model continues. */
  public Request(Prompt prompt, GenerationOptions options) {
    this(prompt, options, null);
  }

  /** A text prompt with default options. */
  public static Request of(String text) {
    return new Request(new Prompt.Text(text), GenerationOptions.defaults());
  }

  /**
   * Asks how probable a continuation is: the completion carries the sum of the natural logarithms
   * of the probabilities of the continuation's tokens, each given the prompt and the tokens before.
   *
   * <p>The two are tokenized apart, the prompt with the special tokens that the tokenizer adds to
   * every prompt and the continuation without, and their ids are joined. So scores of several
   * continuations of one prompt share its tokens exactly; where a word is to begin with a space,
   * the continuation begins with that space.
   *
   * @param prompt what is given
   * @param continuation what is scored; not a conversation, at least one token
   * @param options of which {@code chat} and {@code onLongPrompt} count; the prompt may be cut, the
   *     continuation never
   */
  public static Request scoring(Prompt prompt, Prompt continuation, GenerationOptions options) {
    return new Request(prompt, options, continuation);
  }

  /** What is scored, if anything. */
  public Optional<Prompt> continuation() {
    return Optional.ofNullable(continuationOrNull);
  }
}
