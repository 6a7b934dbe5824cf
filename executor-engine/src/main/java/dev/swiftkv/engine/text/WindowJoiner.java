package dev.swiftkv.engine.text;

import dev.swiftkv.engine.tokenizer.Tokenizer;
import java.util.Arrays;

/**
 * For every other tokenizer: decodes a short window of tokens with and without the newest ones and
 * takes the difference, so that spaces between words, byte fallback and joined word pieces come out
 * as the tokenizer's own decoder writes them. The window restarts whenever its text is certain, so
 * the work per token does not grow with the text.
 */
final class WindowJoiner implements TokenJoiner {
  private static final char REPLACEMENT = '\uFFFD';

  /** Longest run of tokens that can still become a character: one for each of its bytes. */
  private static final int MAX_PENDING = 4;

  /** Tokens that write nothing stay in the window at most so long. */
  private static final int MAX_SILENT = 16;

  private final Tokenizer tokenizer;

  /** From 0 to {@code certain}: context that is written; from there to {@code size}: pending. */
  private final int[] window = new int[2 * MAX_SILENT];

  private int certain;
  private int size;
  private String contextText = "";

  WindowJoiner(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  @Override
  public void accept(int id, StringBuilder target) {
    window[size++] = id;
    String fresh = pendingText();
    boolean incomplete =
        !fresh.isEmpty()
            && fresh.charAt(fresh.length() - 1) == REPLACEMENT
            && size - certain < MAX_PENDING;
    boolean silent = fresh.isEmpty() && size - certain < MAX_SILENT;
    if (incomplete || silent) {
      return;
    }
    target.append(fresh);
    System.arraycopy(window, certain, window, 0, size - certain);
    size -= certain;
    certain = size;
    contextText = tokenizer.decode(Arrays.copyOf(window, size), true);
  }

  @Override
  public void appendPending(StringBuilder target) {
    if (size > certain) {
      target.append(pendingText());
    }
  }

  /** What the pending tokens add to their context; alone, if they change how it is decoded. */
  private String pendingText() {
    String all = tokenizer.decode(Arrays.copyOf(window, size), true);
    return all.startsWith(contextText)
        ? all.substring(contextText.length())
        : tokenizer.decode(Arrays.copyOfRange(window, certain, size), true);
  }
}
