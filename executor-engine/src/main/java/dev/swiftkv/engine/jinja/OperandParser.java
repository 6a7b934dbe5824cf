package dev.swiftkv.engine.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads what stands between operators: a value with its members, calls, filters and tests. */
final class OperandParser {
  private static final Set<String> NO_ARGUMENT = Set.of("else", "or", "and", "if", "is", "not");

  private final TokenCursor tokens;
  private final ExpressionParser expressions;

  OperandParser(TokenCursor tokens, ExpressionParser expressions) {
    this.tokens = tokens;
    this.expressions = expressions;
  }

  /** A value, with or without the filters and tests behind it. */
  Expression parse(boolean withFilters) {
    Expression value;
    if (tokens.takeOperator("-")) {
      value = new Expression.Negative(parse(false));
    } else if (tokens.takeOperator("+")) {
      value = parse(false);
    } else {
      value = parsePostfix(parsePrimary());
    }
    return withFilters ? parseFilters(value) : value;
  }

  private Expression parsePrimary() {
    Token token = tokens.take();
    return switch (token.kind()) {
      case NAME -> nameOrConstant(token.text());
      case INTEGER -> new Expression.Literal(Long.parseLong(token.text()));
      case FLOAT -> new Expression.Literal(Double.parseDouble(token.text()));
      case STRING -> {
        StringBuilder text = new StringBuilder(token.text());
        while (tokens.peek().kind() == Token.Kind.STRING) {
          text.append(tokens.take().text());
        }
        yield new Expression.Literal(text.toString());
      }
      case OPERATOR -> parseBracketed(token);
      default -> throw TemplateException.at(token.line(), "an expression is missing");
    };
  }

  private static Expression nameOrConstant(String name) {
    return switch (name) {
      case "true", "True" -> new Expression.Literal(true);
      case "false", "False" -> new Expression.Literal(false);
      case "none", "None" -> new Expression.Literal(null);
      default -> new Expression.Name(name);
    };
  }

  private Expression parseBracketed(Token bracket) {
    switch (bracket.text()) {
      case "(" -> {
        if (tokens.takeOperator(")")) {
          return new Expression.Items(List.of());
        }
        Expression inside = expressions.parseTuple();
        tokens.expectOperator(")");
        return inside;
      }
      case "[" -> {
        List<Expression> items = new ArrayList<>();
        while (!tokens.takeOperator("]")) {
          items.add(expressions.parse());
          expectCommaUnless("]");
        }
        return new Expression.Items(items);
      }
      case "{" -> {
        List<Expression> keys = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (!tokens.takeOperator("}")) {
          keys.add(expressions.parse());
          tokens.expectOperator(":");
          values.add(expressions.parse());
          expectCommaUnless("}");
        }
        return new Expression.Mapping(keys, values);
      }
      default ->
          throw TemplateException.at(bracket.line(), "unexpected \"" + bracket.text() + "\"");
    }
  }

  private void expectCommaUnless(String end) {
    if (!tokens.peek().isOperator(end)) {
      tokens.expectOperator(",");
    }
  }

  private Expression parsePostfix(Expression start) {
    Expression value = start;
    while (true) {
      Token next = tokens.peek();
      if (tokens.takeOperator(".")) {
        Token member = tokens.take();
        value =
            member.kind() == Token.Kind.INTEGER
                ? new Expression.Item(value, new Expression.Literal(Long.parseLong(member.text())))
                : new Expression.Attribute(value, member.text());
      } else if (tokens.takeOperator("[")) {
        value = parseSubscript(value);
      } else if (next.isOperator("(")) {
        value = new Expression.Call(value, parseArguments(), next.line());
      } else {
        return value;
      }
    }
  }

  private Expression parseSubscript(Expression target) {
    Expression from = tokens.peek().isOperator(":") ? null : expressions.parse();
    if (tokens.takeOperator("]")) {
      return new Expression.Item(target, from);
    }
    tokens.expectOperator(":");
    Expression to = isBound() ? expressions.parse() : null;
    Expression step = tokens.takeOperator(":") && isBound() ? expressions.parse() : null;
    tokens.expectOperator("]");
    return new Expression.Slice(target, from, to, step);
  }

  private boolean isBound() {
    return !tokens.peek().isOperator(":") && !tokens.peek().isOperator("]");
  }

  private Expression parseFilters(Expression start) {
    Expression value = start;
    while (true) {
      Token next = tokens.peek();
      if (tokens.takeOperator("|")) {
        value = parseFilter(value);
      } else if (tokens.takeName("is")) {
        value = parseTest(value);
      } else if (next.isOperator("(")) {
        value = new Expression.Call(value, parseArguments(), next.line());
      } else {
        return value;
      }
    }
  }

  /** A filter behind its bar, applied to a value. */
  Expression parseFilter(Expression value) {
    Token name = tokens.expect(Token.Kind.NAME);
    Filters.Filter filter = Filters.find(name.text());
    if (filter == null) {
      throw TemplateException.at(name.line(), "there is no filter " + name.text());
    }
    return new Expression.Filter(value, filter, parseOptionalArguments());
  }

  private Expression parseTest(Expression value) {
    boolean negated = tokens.takeName("not");
    Token name = tokens.expect(Token.Kind.NAME);
    Tests.Test test = Tests.find(name.text());
    if (test == null) {
      throw TemplateException.at(name.line(), "there is no test " + name.text());
    }
    Expression result = new Expression.Test(value, test, parseTestArguments());
    return negated ? new Expression.Not(result) : result;
  }

  /** Arguments in brackets, or a single one without. */
  private Expression.ArgumentList parseTestArguments() {
    if (!startsArgument(tokens.peek())) {
      return parseOptionalArguments();
    }
    return new Expression.ArgumentList(List.of(parsePostfix(parsePrimary())), Map.of());
  }

  private static boolean startsArgument(Token token) {
    return switch (token.kind()) {
      case NAME -> !NO_ARGUMENT.contains(token.text());
      case STRING, INTEGER, FLOAT -> true;
      default -> token.isOperator("[") || token.isOperator("{");
    };
  }

  private Expression.ArgumentList parseOptionalArguments() {
    return tokens.peek().isOperator("(") ? parseArguments() : Expression.ArgumentList.NONE;
  }

  Expression.ArgumentList parseArguments() {
    tokens.expectOperator("(");
    List<Expression> positional = new ArrayList<>();
    Map<String, Expression> named = new LinkedHashMap<>();
    while (!tokens.takeOperator(")")) {
      if (tokens.peek().kind() == Token.Kind.NAME && tokens.peekNext().isOperator("=")) {
        String name = tokens.take().text();
        tokens.take();
        named.put(name, expressions.parse());
      } else {
        positional.add(expressions.parse());
      }
      expectCommaUnless(")");
    }
    return new Expression.ArgumentList(positional, named);
  }
}
