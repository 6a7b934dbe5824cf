package dev.swiftkv.engine;

/**
 * One prompt and how to answer it.
 *
 * @param prompt what is asked
 * @param options how to answer
 */
public record Request(Prompt prompt, GenerationOptions options) {
  /** A text prompt with default options. */
  public static Request of(String text) {
    return new Request(new Prompt.Text(text), GenerationOptions.defaults());
  }
}
