package dev.swiftkv.engine.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads expressions, loosest operator first, with Jinja's precedences. */
final class ExpressionParser {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
  private static final Set<String> NO_ARGUMENT = Set.of("else", "or", "and", "if", "is", "not");

  private final TokenCursor tokens;

  ExpressionParser(TokenCursor tokens) {
    this.tokens = tokens;
  }

  /** An expression, or several with commas between as one tuple. */
  Expression parseTuple() {
    return tupleOf(parse());
  }

  /** The same without a trailing {@code if}, which belongs to the statement. */
  Expression parseTupleBeforeIf() {
    return tupleOf(parseOr());
  }

  private Expression tupleOf(Expression first) {
    if (!tokens.peek().isOperator(",")) {
      return first;
    }
    List<Expression> items = new ArrayList<>(List.of(first));
    while (tokens.takeOperator(",") && !endsTuple()) {
      items.add(parse());
    }
    return new Expression.Items(items);
  }

  private boolean endsTuple() {
    Token next = tokens.peek();
    return next.isOperator(")")
        || next.kind() == Token.Kind.BLOCK_END
        || next.kind() == Token.Kind.OUTPUT_END;
  }

  Expression parse() {
    Expression value = parseOr();
    while (tokens.takeName("if")) {
      Expression condition = parseOr();
      Expression otherwise =
          tokens.takeName("else")
              ? parse()
              : new Expression.Literal(new Undefined("the missing else"));
      value = new Expression.Conditional(condition, value, otherwise);
    }
    return value;
  }

  private Expression parseOr() {
    Expression left = parseAnd();
    while (tokens.takeName("or")) {
      left = new Expression.Or(left, parseAnd());
    }
    return left;
  }

  private Expression parseAnd() {
    Expression left = parseNot();
    while (tokens.takeName("and")) {
      left = new Expression.And(left, parseNot());
    }
    return left;
  }

  private Expression parseNot() {
    return tokens.takeName("not") ? new Expression.Not(parseNot()) : parseComparison();
  }

  private Expression parseComparison() {
    Expression first = parseSum();
    List<String> operators = new ArrayList<>();
    List<Expression> others = new ArrayList<>();
    while (true) {
      Token next = tokens.peek();
      if (next.kind() == Token.Kind.OPERATOR && COMPARISONS.contains(next.text())) {
        operators.add(tokens.take().text());
      } else if (tokens.takeName("in")) {
        operators.add("in");
      } else if (next.isName("not") && tokens.peekNext().isName("in")) {
        tokens.take();
        tokens.take();
        operators.add("not in");
      } else {
        break;
      }
      others.add(parseSum());
    }
    return operators.isEmpty() ? first : new Expression.Comparison(first, operators, others);
  }

  private Expression parseSum() {
    Expression left = parseConcatenation();
    while (tokens.peek().isOperator("+") || tokens.peek().isOperator("-")) {
      left = new Expression.Binary(tokens.take().text(), left, parseConcatenation());
    }
    return left;
  }

  private Expression parseConcatenation() {
    Expression left = parseProduct();
    while (tokens.takeOperator("~")) {
      left = new Expression.Concatenation(left, parseProduct());
    }
    return left;
  }

  private Expression parseProduct() {
    Expression left = parsePower();
    while (List.of("*", "/", "//", "%").contains(tokens.peek().text())
        && tokens.peek().kind() == Token.Kind.OPERATOR) {
      left = new Expression.Binary(tokens.take().text(), left, parsePower());
    }
    return left;
  }

  private Expression parsePower() {
    Expression left = parseUnary(true);
    while (tokens.takeOperator("**")) {
      left = new Expression.Binary("**", left, parseUnary(true));
    }
    return left;
  }

  private Expression parseUnary(boolean withFilters) {
    Expression value;
    if (tokens.takeOperator("-")) {
      value = new Expression.Negative(parseUnary(false));
    } else if (tokens.takeOperator("+")) {
      value = parseUnary(false);
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
        Expression inside = parseTuple();
        tokens.expectOperator(")");
        return inside;
      }
      case "[" -> {
        List<Expression> items = new ArrayList<>();
        while (!tokens.takeOperator("]")) {
          items.add(parse());
          expectCommaUnless("]");
        }
        return new Expression.Items(items);
      }
      case "{" -> {
        List<Expression> keys = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (!tokens.takeOperator("}")) {
          keys.add(parse());
          tokens.expectOperator(":");
          values.add(parse());
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
    Expression from = tokens.peek().isOperator(":") ? null : parse();
    if (tokens.takeOperator("]")) {
      return new Expression.Item(target, from);
    }
    tokens.expectOperator(":");
    Expression to = isBound() ? parse() : null;
    Expression step = tokens.takeOperator(":") && isBound() ? parse() : null;
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
    Expression.ArgumentList arguments = parseOptionalArguments();
    if (arguments == Expression.ArgumentList.NONE && startsArgument(tokens.peek())) {
      Expression only = parsePostfix(parsePrimary());
      arguments = new Expression.ArgumentList(List.of(only), Map.of());
    }
    Expression result = new Expression.Test(value, test, arguments);
    return negated ? new Expression.Not(result) : result;
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
        named.put(name, parse());
      } else {
        positional.add(parse());
      }
      expectCommaUnless(")");
    }
    return new Expression.ArgumentList(positional, named);
  }
}
