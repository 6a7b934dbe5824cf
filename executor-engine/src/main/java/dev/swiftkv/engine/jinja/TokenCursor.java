package dev.swiftkv.engine.jinja;

import java.util.List;

/** A position in a list of tokens. */
final class TokenCursor {
  private final List<Token> tokens;
  private int position;

  TokenCursor(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token peek() {
    return tokens.get(position);
  }

  Token peekNext() {
    return tokens.get(Math.min(position + 1, tokens.size() - 1));
  }

  Token take() {
    Token token = peek();
    if (token.kind() != Token.Kind.END) {
      position++;
    }
    return token;
  }

  /** Takes an operator if it comes next. */
  boolean takeOperator(String operator) {
    boolean found = peek().isOperator(operator);
    if (found) {
      take();
    }
    return found;
  }

  /** Takes a keyword if it comes next. */
  boolean takeName(String name) {
    boolean found = peek().isName(name);
    if (found) {
      take();
    }
    return found;
  }

  void expectOperator(String operator) {
    if (!takeOperator(operator)) {
      throw unexpected("\"" + operator + "\"");
    }
  }

  void expectName(String name) {
    if (!takeName(name)) {
      throw unexpected("\"" + name + "\"");
    }
  }

  Token expect(Token.Kind kind) {
    if (peek().kind() != kind) {
      throw unexpected(kind.toString());
    }
    return take();
  }

  TemplateException unexpected(String expected) {
    Token token = peek();
    String found = token.text().isEmpty() ? token.kind().toString() : token.text();
    return TemplateException.at(
        token.line(), "expected %s, found \"%s\"".formatted(expected, found));
  }
}
