package dev.swiftkv.engine.jinja;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Cuts a template into tokens, with the white space that tags swallow already gone: a newline after
 * a statement or comment ({@code trim_blocks}), indentation before one ({@code lstrip_blocks}), and
 * everything on the side of a minus sign.
 */
final class Lexer {
  private static final Pattern RAW_END = Pattern.compile("\\{%([-+]?)\\s*endraw\\s*([-+]?)%}");
  private static final Pattern RAW_START = Pattern.compile("\\{%[-+]?\\s*raw\\s*([-+]?)%}");

  private final String source;
  private final int[] newlines;
  private final List<Token> tokens = new ArrayList<>();
  private int position;

  /** Whether everything before {@link #position} on its line has been swallowed. */
  private boolean atLineStart = true;

  private Lexer(String source) {
    this.source = source;
    newlines = IntStream.range(0, source.length()).filter(i -> source.charAt(i) == '\n').toArray();
  }

  static List<Token> tokenize(String source) {
    String unix = source.replace("\r\n", "\n").replace('\r', '\n');
    return new Lexer(unix.endsWith("\n") ? unix.substring(0, unix.length() - 1) : unix).run();
  }

  private List<Token> run() {
    while (position < source.length()) {
      int tag = nextTag(position);
      if (tag < 0) {
        addText(source.substring(position));
        position = source.length();
      } else {
        addText(textBefore(tag));
        position = tag;
        readTag();
      }
    }
    tokens.add(new Token(Token.Kind.END, "", line(source.length())));
    return tokens;
  }

  private int nextTag(int from) {
    for (int at = source.indexOf('{', from); at >= 0; at = source.indexOf('{', at + 1)) {
      char next = at + 1 < source.length() ? source.charAt(at + 1) : ' ';
      if (next == '{' || next == '%' || next == '#') {
        return at;
      }
    }
    return -1;
  }

  private String textBefore(int tag) {
    String text = source.substring(position, tag);
    char control = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
    if (control == '-') {
      return text.stripTrailing();
    }
    boolean block = source.charAt(tag + 1) != '{';
    if (block && control != '+') {
      int lineStart = text.lastIndexOf('\n') + 1;
      if ((lineStart > 0 || atLineStart) && text.substring(lineStart).isBlank()) {
        return text.substring(0, lineStart);
      }
    }
    return text;
  }

  private void readTag() {
    switch (source.charAt(position + 1)) {
      case '#' -> readComment();
      case '%' -> {
        Matcher raw = RAW_START.matcher(source).region(position, source.length());
        if (raw.lookingAt()) {
          readRaw(raw);
        } else {
          readExpressionTag(Token.Kind.BLOCK_START, Token.Kind.BLOCK_END, "%}");
        }
      }
      default -> readExpressionTag(Token.Kind.OUTPUT_START, Token.Kind.OUTPUT_END, "}}");
    }
  }

  private void readComment() {
    int end = source.indexOf("#}", position + 2);
    if (end < 0) {
      throw TemplateException.at(line(position), "the comment has no end");
    }
    char control = source.charAt(end - 1);
    position = end + 2;
    swallow(control, true);
  }

  private void readRaw(Matcher start) {
    Matcher end = RAW_END.matcher(source);
    if (!end.find(start.end())) {
      throw TemplateException.at(line(position), "the raw block has no end");
    }
    position = start.end();
    swallow(controlOf(start.group(1)), true);
    String text = source.substring(position, Math.max(position, end.start()));
    addText(end.group(1).equals("-") ? text.stripTrailing() : text);
    position = end.end();
    swallow(controlOf(end.group(2)), true);
  }

  private static char controlOf(String group) {
    return group.isEmpty() ? ' ' : group.charAt(0);
  }

  private void readExpressionTag(Token.Kind start, Token.Kind end, String endMark) {
    tokens.add(new Token(start, "", line(position)));
    position += 2;
    if (position < source.length() && "-+".indexOf(source.charAt(position)) >= 0) {
      position++;
    }
    ExpressionLexer lexer = new ExpressionLexer(source, position, endMark, this::line);
    position = lexer.readInto(tokens);
    tokens.add(new Token(end, "", line(position)));
    swallow(lexer.control(), end == Token.Kind.BLOCK_END);
  }

  /** Skips the white space that belongs to the tag that just ended. */
  private void swallow(char control, boolean block) {
    atLineStart = false;
    if (control == '-') {
      while (position < source.length() && Character.isWhitespace(source.charAt(position))) {
        position++;
      }
      atLineStart = source.charAt(position - 1) == '\n';
    } else if (block
        && control != '+'
        && position < source.length()
        && source.charAt(position) == '\n') {
      position++;
      atLineStart = true;
    }
  }

  private void addText(String text) {
    if (!text.isEmpty()) {
      tokens.add(new Token(Token.Kind.TEXT, text, line(position)));
    }
  }

  private int line(int at) {
    int found = Arrays.binarySearch(newlines, at);
    return 1 + (found >= 0 ? found : -found - 1);
  }
}
