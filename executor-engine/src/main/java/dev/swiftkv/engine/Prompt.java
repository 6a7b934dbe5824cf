package dev.swiftkv.engine;

import java.nio.ByteBuffer;
import java.util.List;

/** What the model is asked. */
public sealed interface Prompt {
  /** Text as it is; special tokens named in it count as the tokenizer's configuration says. */
  record Text(String text) implements Prompt {}

  /**
   * UTF-8 read in place, from position to limit, before {@link Engine#submit} returns. The buffer
   * may be reused afterwards.
   */
  record Utf8(ByteBuffer bytes) implements Prompt {}

  /** Token ids, special tokens included. */
  record Tokens(List<Integer> ids) implements Prompt {
    /** Copies the ids. */
    public Tokens {
      ids = List.copyOf(ids);
    }
  }

  /** A conversation, rendered with the model's chat template. */
  record Chat(List<ChatMessage> messages) implements Prompt {
    /** Copies the messages. */
    public Chat {
      messages = List.copyOf(messages);
    }
  }
}
