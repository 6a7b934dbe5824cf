package dev.swiftkv.engine.runtime;

import dev.swiftkv.engine.ChatMessage;
import dev.swiftkv.engine.tokenizer.TokenBytes;
import java.util.List;
import java.util.Optional;

/** One token per character; generated ids are written as numbers, each followed by a blank. */
final class CharacterText implements TextModel {
  static final int BOS = 1;
  static final char UNSPEAKABLE = '\u03E7';

  @Override
  public int[] encode(CharSequence text) {
    int[] ids = new int[text.length() + 1];
    ids[0] = BOS;
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == UNSPEAKABLE) {
        throw new IllegalStateException("the tokenizer choked");
      }
      ids[i + 1] = text.charAt(i);
    }
    return ids;
  }

  @Override
  public int[] encodeContinuation(CharSequence text) {
    return text.chars().toArray();
  }

  @Override
  public int[] encodeChat(List<ChatMessage> messages) {
    return encode(messages.get(0).role() + ":" + messages.get(0).content());
  }

  @Override
  public CompletionText newCompletion(List<String> stop) {
    StringBuilder text = new StringBuilder();
    return new CompletionText() {
      @Override
      public boolean accept(int tokenId) {
        text.append(tokenId).append(' ');
        for (String one : stop) {
          if (one.equals("explode")) {
            throw new IllegalStateException("the decoder choked");
          }
          int at = text.indexOf(one);
          if (at >= 0) {
            text.setLength(at);
            return true;
          }
        }
        return false;
      }

      @Override
      public String text() {
        return text.toString();
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
    // Nothing to free.
  }
}
