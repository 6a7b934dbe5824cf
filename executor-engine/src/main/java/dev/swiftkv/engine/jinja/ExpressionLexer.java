package dev.swiftkv.engine.jinja;

import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Cuts the inside of one tag into tokens. */
final class ExpressionLexer {
  private static final Pattern NAME = Pattern.compile("[\\p{L}_][\\p{L}\\p{N}_]*");
  private static final Pattern FLOAT =
      Pattern.compile("\\d[\\d_]*(\\.\\d[\\d_]*([eE][-+]?\\d+)?|[eE][-+]?\\d+)");
  private static final Pattern INTEGER = Pattern.compile("\\d[\\d_]*");
  private static final Pattern STRING =
      Pattern.compile(
          "'([^'\\\\]*+(?:\\\\.[^'\\\\]*+)*+)'|\"([^\"\\\\]*+(?:\\\\.[^\"\\\\]*+)*+)\"",
          Pattern.DOTALL);
  private static final Pattern OPERATOR =
      Pattern.compile("//|\\*\\*|==|!=|<=|>=|[-+*/%~<>=.,:|()\\[\\]{}]");

  private final String source;
  private final String endMark;
  private final IntUnaryOperator lineOf;
  private int position;
  private int openBrackets;
  private char control = ' ';

  ExpressionLexer(String source, int position, String endMark, IntUnaryOperator lineOf) {
    this.source = source;
    this.position = position;
    this.endMark = endMark;
    this.lineOf = lineOf;
  }

  /** Reads up to and with the end of the tag; returns the position behind it. */
  int readInto(List<Token> tokens) {
    int start = position;
    while (true) {
      skipSpace();
      if (position >= source.length()) {
        throw TemplateException.at(lineOf.applyAsInt(start), "a tag has no end " + endMark);
      }
      if (openBrackets == 0 && readEnd()) {
        return position;
      }
      tokens.add(next());
    }
  }

  /** The sign before the end of the tag, or a blank. */
  char control() {
    return control;
  }

  private boolean readEnd() {
    char first = source.charAt(position);
    boolean signed = first == '-' || first == '+';
    int mark = signed ? position + 1 : position;
    if (!source.startsWith(endMark, mark)) {
      return false;
    }
    control = signed ? first : ' ';
    position = mark + endMark.length();
    return true;
  }

  private Token next() {
    int line = lineOf.applyAsInt(position);
    String name = match(NAME);
    if (name != null) {
      return new Token(Token.Kind.NAME, name, line);
    }
    String number = match(FLOAT);
    if (number != null) {
      return new Token(Token.Kind.FLOAT, number.replace("_", ""), line);
    }
    number = match(INTEGER);
    if (number != null) {
      return new Token(Token.Kind.INTEGER, number.replace("_", ""), line);
    }
    String literal = match(STRING);
    if (literal != null) {
      String inside = literal.substring(1, literal.length() - 1);
      return new Token(Token.Kind.STRING, StringLiteral.unescape(inside), line);
    }
    String operator = match(OPERATOR);
    if (operator == null) {
      throw TemplateException.at(line, "unexpected \"" + source.charAt(position) + "\"");
    }
    if ("([{".contains(operator)) {
      openBrackets++;
    } else if (")]}".contains(operator)) {
      openBrackets = Math.max(0, openBrackets - 1);
    }
    return new Token(Token.Kind.OPERATOR, operator, line);
  }

  private String match(Pattern pattern) {
    Matcher matcher = pattern.matcher(source).region(position, source.length());
    if (!matcher.lookingAt()) {
      return null;
    }
    position = matcher.end();
    return matcher.group();
  }

  private void skipSpace() {
    while (position < source.length() && Character.isWhitespace(source.charAt(position))) {
      position++;
    }
  }
}
