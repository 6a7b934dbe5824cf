package dev.swiftkv.engine.runtime;

import dev.swiftkv.engine.ChatMessage;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.tokenizer.TokenBytes;
import dev.swiftkv.engine.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Stands in for the text of a checkpoint that has no tokenizer: it serves token prompts only. */
final class TokensOnly implements TextModel {
  private final Path directory;

  TokensOnly(Path directory) {
    this.directory = directory;
  }

  @Override
  public int[] encode(CharSequence text) {
    throw refusal();
  }

  @Override
  public int[] encodeContinuation(CharSequence text) {
    throw refusal();
  }

  @Override
  public int[] encodeChat(List<ChatMessage> messages) {
    throw refusal();
  }

  @Override
  public CompletionText newCompletion(List<String> stop) {
    if (!stop.isEmpty()) {
      throw refusal();
    }
    return new CompletionText() {
      @Override
      public boolean accept(int tokenId) {
        return false;
      }

      @Override
      public String text() {
        return "";
      }
    };
  }

  @Override
  public Optional<TokenBytes> tokenBytes() {
    return Optional.empty();
  }

  @Override
  public boolean isSpecial(int tokenId) {
    return false;
  }

  @Override
  public void close() {
    // Nothing was opened.
  }

  private EngineException refusal() {
    return new EngineException(
        ErrorCategory.UNSUPPORTED,
        "The checkpoint %s has no %s and takes token ids only; save the tokenizer beside the weights"
            .formatted(directory, Tokenizer.FILE_NAME));
  }
}
