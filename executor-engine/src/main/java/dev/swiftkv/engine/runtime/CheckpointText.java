package dev.swiftkv.engine.runtime;

import dev.swiftkv.engine.ChatMessage;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.chat.ChatTemplate;
import dev.swiftkv.engine.text.TextStream;
import dev.swiftkv.engine.tokenizer.TokenBytes;
import dev.swiftkv.engine.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Tokenizer and chat template of a checkpoint. */
final class CheckpointText implements TextModel {
  private final Path directory;
  private final Tokenizer tokenizer;
  private final Optional<ChatTemplate> chatTemplate;

  private CheckpointText(Path directory, Tokenizer tokenizer, Optional<ChatTemplate> chatTemplate) {
    this.directory = directory;
    this.tokenizer = tokenizer;
    this.chatTemplate = chatTemplate;
  }

  static CheckpointText open(Path directory) {
    Optional<ChatTemplate> template = ChatTemplate.open(directory);
    return new CheckpointText(directory, Tokenizer.open(directory), template);
  }

  @Override
  public int[] encode(CharSequence text) {
    return tokenizer.encode(text, true);
  }

  @Override
  public int[] encodeContinuation(CharSequence text) {
    return tokenizer.encode(text, false);
  }

  /** The template writes the special tokens itself, so none are added. */
  @Override
  public int[] encodeChat(List<ChatMessage> messages) {
    ChatTemplate template = chatTemplate.orElseThrow(this::noTemplate);
    return tokenizer.encode(template.render(messages, true), false);
  }

  @Override
  public CompletionText newCompletion(List<String> stop) {
    TextStream stream = new TextStream(tokenizer, stop);
    return new CompletionText() {
      @Override
      public boolean accept(int tokenId) {
        return stream.accept(tokenId);
      }

      @Override
      public String text() {
        return stream.text();
      }
    };
  }

  @Override
  public Optional<TokenBytes> tokenBytes() {
    return tokenizer.writtenBytes();
  }

  @Override
  public boolean isSpecial(int tokenId) {
    return tokenizer.isSpecial(tokenId);
  }

  @Override
  public void close() {
    tokenizer.close();
  }

  private EngineException noTemplate() {
    return new EngineException(
        ErrorCategory.UNSUPPORTED,
        "The model %s has no chat template; send plain prompts".formatted(directory));
  }
}
