package dev.swiftkv.engine.text;

import dev.swiftkv.engine.tokenizer.Tokenizer;
import java.util.List;

/**
 * The text of one completion while it is generated. Never shows half a character, and ends at the
 * first stop string, even one that begins in one token and ends in a later one. Time is linear in
 * the text. For one thread.
 *
 * <p>Without a stop string the text is what {@link Tokenizer#decode} gives for all tokens, without
 * special ones.
 */
public final class TextStream {
  private final Tokenizer tokenizer;
  private final List<String> stop;
  private final TokenJoiner joiner;
  private final StringBuilder text = new StringBuilder();
  private boolean stopped;

  /**
   * An empty text.
   *
   * @param stop strings that end it and are not part of it, none empty
   */
  public TextStream(Tokenizer tokenizer, List<String> stop) {
    this.tokenizer = tokenizer;
    this.stop = List.copyOf(stop);
    this.joiner = TokenJoiner.of(tokenizer);
  }

  /**
   * Takes the next token; special tokens write nothing.
   *
   * @return whether a stop string is complete; further tokens are then ignored
   */
  public boolean accept(int tokenId) {
    if (!stopped && !tokenizer.isSpecial(tokenId)) {
      int searched = text.length();
      joiner.accept(tokenId, text);
      int end = findStop(text, searched);
      if (end >= 0) {
        text.setLength(end);
        stopped = true;
      }
    }
    return stopped;
  }

  /** The text so far, as it stands if no token follows: half a character shows as U+FFFD. */
  public String text() {
    if (stopped) {
      return text.toString();
    }
    StringBuilder whole = new StringBuilder(text);
    joiner.appendPending(whole);
    int end = findStop(whole, text.length());
    return end < 0 ? whole.toString() : whole.substring(0, end);
  }

  /** The text that no further token changes, except that a stop string may cut it. */
  public CharSequence certainText() {
    return text;
  }

  /** Start of the first stop string that ends after {@code searched}, or -1. */
  private int findStop(StringBuilder where, int searched) {
    int first = -1;
    for (String one : stop) {
      int at = where.indexOf(one, Math.max(0, searched - one.length() + 1));
      if (at >= 0 && (first < 0 || at < first)) {
        first = at;
      }
    }
    return first;
  }
}
