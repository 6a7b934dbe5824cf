package dev.swiftkv.engine.runtime;

import dev.swiftkv.engine.ChatMessage;
import dev.swiftkv.engine.tokenizer.TokenBytes;
import java.util.List;
import java.util.Optional;

/** The part of a checkpoint that turns text into tokens and back. Safe from any thread. */
interface TextModel extends AutoCloseable {
  /** Tokens of a text, framed by the special tokens that the tokenizer is configured to add. */
  int[] encode(CharSequence text);

  /** Tokens of a text that goes on after others, without special tokens around it. */
  int[] encodeContinuation(CharSequence text);

  /**
   * Tokens of a conversation that ends where the assistant's answer begins.
   *
   * @throws dev.swiftkv.engine.EngineException if the model has no chat template, or it refuses
   */
  int[] encodeChat(List<ChatMessage> messages);

  /** An empty completion that ends before the first of these strings. */
  CompletionText newCompletion(List<String> stop);

  /** Bytes that each token writes; empty if they are not known, and nothing can be constrained. */
  Optional<TokenBytes> tokenBytes();

  /** Whether a token writes nothing because it is special. */
  boolean isSpecial(int tokenId);

  @Override
  void close();
}
