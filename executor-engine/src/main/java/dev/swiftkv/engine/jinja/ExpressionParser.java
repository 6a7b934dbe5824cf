package dev.swiftkv.engine.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Reads expressions, loosest operator first, with Jinja's precedences. */
final class ExpressionParser {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

  private final TokenCursor tokens;
  private final OperandParser operands;

  ExpressionParser(TokenCursor tokens) {
    this.tokens = tokens;
    this.operands = new OperandParser(tokens, this);
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
    Expression left = operands.parse(true);
    while (tokens.takeOperator("**")) {
      left = new Expression.Binary("**", left, operands.parse(true));
    }
    return left;
  }

  /** A filter behind its bar, applied to a value. */
  Expression parseFilter(Expression value) {
    return operands.parseFilter(value);
  }
}
