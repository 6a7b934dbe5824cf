package dev.swiftkv.engine.runtime;

import dev.swiftkv.engine.ChatMessage;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.text.TextStream;
import dev.swiftkv.engine.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;

/** Tokenizer and chat template of a checkpoint. */
final class CheckpointText implements TextModel {
  private final Path directory;
  private final Tokenizer tokenizer;

  private CheckpointText(Path directory, Tokenizer tokenizer) {
    this.directory = directory;
    this.tokenizer = tokenizer;
  }

  static CheckpointText open(Path directory) {
    return new CheckpointText(directory, Tokenizer.open(directory));
  }

  @Override
  public int[] encode(CharSequence text) {
    return tokenizer.encode(text, true);
  }

  @Override
  public int[] encodeChat(List<ChatMessage> messages) {
    throw new EngineException(
        ErrorCategory.UNSUPPORTED,
        "The model %s has no chat template; send plain prompts".formatted(directory));
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
  public void close() {
    tokenizer.close();
  }
}
