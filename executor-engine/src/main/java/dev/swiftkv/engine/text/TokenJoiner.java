package dev.swiftkv.engine.text;

import dev.swiftkv.engine.tokenizer.Tokenizer;

/** Turns tokens into text, holding back what the next token may still change. */
sealed interface TokenJoiner permits ByteJoiner, WindowJoiner {
  /** The joiner that suits a tokenizer: its bytes where it has them, otherwise its decoder. */
  static TokenJoiner of(Tokenizer tokenizer) {
    return tokenizer
        .tokenBytes()
        .<TokenJoiner>map(ByteJoiner::new)
        .orElseGet(() -> new WindowJoiner(tokenizer));
  }

  /** Takes a token that is not special and appends the text that is now certain. */
  void accept(int id, StringBuilder target);

  /** Appends the text held back, as it would be if no token followed. Changes nothing else. */
  void appendPending(StringBuilder target);
}
