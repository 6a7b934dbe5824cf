package dev.swiftkv.spark.batch;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Cuts a text that is too long for one prompt. Each cut is at the end of a paragraph if there is
 * one in the second half of what fits, else of a line, a sentence or a word. The pieces one behind
 * the other are the text.
 */
final class TextPieces {
  /** Tokens are not spread evenly over a text; aiming a little lower saves a second try. */
  private static final double AIM = 0.95;

  private final String text;
  private final ToIntFunction<String> tokens;
  private final int room;

  private TextPieces(String text, ToIntFunction<String> tokens, int room) {
    this.text = text;
    this.tokens = tokens;
    this.room = room;
  }

  /**
   * The pieces, in order.
   *
   * @param tokens of a text
   * @param room most tokens of a piece; a single character is never cut
   */
  static List<String> of(String text, ToIntFunction<String> tokens, int room) {
    return new TextPieces(text, tokens, room).pieces();
  }

  private List<String> pieces() {
    List<String> pieces = new ArrayList<>();
    int from = 0;
    int length = text.length(); // characters that are likely to fit
    while (from < text.length()) {
      int end = end(from, length);
      int count = tokens.applyAsInt(text.substring(from, end));
      int likely = (int) (AIM * (end - from) * room / Math.max(1, count));
      if (count > room && end - from > Character.charCount(text.codePointAt(from))) {
        length = Math.max(1, Math.min(likely, end - from - 1));
        continue;
      }
      pieces.add(text.substring(from, end));
      length = Math.max(1, Math.min(likely, 2 * (end - from)));
      from = end;
    }
    return pieces;
  }

  private int end(int from, int length) {
    if (length >= text.length() - from) {
      return text.length();
    }
    int most = from + length;
    int least = from + Math.max(1, length / 2);
    for (Boundary boundary : Boundary.values()) {
      for (int end = most; end > least; end--) {
        if (boundary.isAt(text, end)) {
          return end;
        }
      }
    }
    boolean insideCharacter =
        Character.isLowSurrogate(text.charAt(most))
            && Character.isHighSurrogate(text.charAt(most - 1));
    if (!insideCharacter) {
      return most;
    }
    return most - 1 > from ? most - 1 : most + 1;
  }

  /** Places to cut, the best first. */
  private enum Boundary {
    PARAGRAPH {
      @Override
      boolean isAt(String text, int end) {
        return text.charAt(end - 1) == '\n' && end > 1 && text.charAt(end - 2) == '\n';
      }
    },
    LINE {
      @Override
      boolean isAt(String text, int end) {
        return text.charAt(end - 1) == '\n';
      }
    },
    SENTENCE {
      @Override
      boolean isAt(String text, int end) {
        char last = text.charAt(end - 1);
        return (last == '.' || last == '!' || last == '?')
            && Character.isWhitespace(text.charAt(end));
      }
    },
    WORD {
      @Override
      boolean isAt(String text, int end) {
        return Character.isWhitespace(text.charAt(end))
            && !Character.isWhitespace(text.charAt(end - 1));
      }
    };

    /** Whether a piece may end before the character at this place, of which there is one. */
    abstract boolean isAt(String text, int end);
  }
}
