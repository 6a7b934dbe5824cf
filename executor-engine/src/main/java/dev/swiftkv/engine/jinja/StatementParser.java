package dev.swiftkv.engine.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads statements. */
final class StatementParser {
  private final TokenCursor tokens;
  private final ExpressionParser expressions;

  private StatementParser(List<Token> tokens) {
    this.tokens = new TokenCursor(tokens);
    this.expressions = new ExpressionParser(this.tokens);
  }

  static List<Statement> parse(String source) {
    StatementParser parser = new StatementParser(Lexer.tokenize(source));
    List<Statement> statements = parser.parseUntil();
    if (parser.tokens.peek().kind() != Token.Kind.END) {
      parser.tokens.take();
      throw parser.tokens.unexpected("a statement");
    }
    return statements;
  }

  /** Statements up to a tag with one of the names, whose opening is not taken. */
  private List<Statement> parseUntil(String... ends) {
    List<Statement> result = new ArrayList<>();
    while (true) {
      Token token = tokens.peek();
      switch (token.kind()) {
        case TEXT -> result.add(new Statement.Text(tokens.take().text()));
        case OUTPUT_START -> {
          tokens.take();
          result.add(new Statement.Output(expressions.parseTuple()));
          tokens.expect(Token.Kind.OUTPUT_END);
        }
        case BLOCK_START -> {
          String name = tokens.peekNext().text();
          if (List.of(ends).contains(name) || name.startsWith("end") || name.startsWith("el")) {
            return result;
          }
          tokens.take();
          result.add(parseTag());
        }
        default -> {
          return result;
        }
      }
    }
  }

  private Statement parseTag() {
    Token name = tokens.expect(Token.Kind.NAME);
    return switch (name.text()) {
      case "if" -> parseIf();
      case "for" -> parseFor();
      case "set" -> parseSet();
      case "macro" -> parseMacro();
      case "call" -> parseCall();
      case "filter" -> parseFilter();
      case "with" -> parseWith();
      case "generation" -> new Statement.Block(List.of(), parseBody("endgeneration"));
      case "do" -> ended(new Statement.Evaluation(expressions.parseTuple()));
      case "break" -> ended(new Statement.Jump(Statement.Flow.BREAK));
      case "continue" -> ended(new Statement.Jump(Statement.Flow.CONTINUE));
      default -> throw TemplateException.at(name.line(), "there is no statement " + name.text());
    };
  }

  private Statement ended(Statement statement) {
    tokens.expect(Token.Kind.BLOCK_END);
    return statement;
  }

  /** The rest of the opening tag, the statements, and the closing tag. */
  private List<Statement> parseBody(String end) {
    tokens.expect(Token.Kind.BLOCK_END);
    List<Statement> body = parseUntil(end);
    close(end);
    return body;
  }

  private void close(String end) {
    if (tokens.peek().kind() != Token.Kind.BLOCK_START) {
      throw tokens.unexpected("{% " + end + " %}");
    }
    tokens.take();
    tokens.expectName(end);
    if (tokens.peek().kind() == Token.Kind.NAME) {
      tokens.take();
    }
    tokens.expect(Token.Kind.BLOCK_END);
  }

  private boolean nextTagIs(String name) {
    return tokens.peek().kind() == Token.Kind.BLOCK_START && tokens.peekNext().isName(name);
  }

  private Statement parseIf() {
    List<Expression> conditions = new ArrayList<>();
    List<List<Statement>> bodies = new ArrayList<>();
    conditions.add(expressions.parseTuple());
    tokens.expect(Token.Kind.BLOCK_END);
    bodies.add(parseUntil("elif", "else", "endif"));
    while (nextTagIs("elif")) {
      tokens.take();
      tokens.take();
      conditions.add(expressions.parseTuple());
      tokens.expect(Token.Kind.BLOCK_END);
      bodies.add(parseUntil("elif", "else", "endif"));
    }
    if (nextTagIs("else")) {
      conditions.add(new Expression.Literal(true));
      bodies.add(parseElse("endif"));
    }
    close("endif");
    return new Statement.If(conditions, bodies);
  }

  private List<Statement> parseElse(String end) {
    tokens.take();
    tokens.take();
    tokens.expect(Token.Kind.BLOCK_END);
    return parseUntil(end);
  }

  private Statement parseFor() {
    Target target = parseTarget();
    tokens.expectName("in");
    Expression items = expressions.parseTupleBeforeIf();
    Expression filter = tokens.takeName("if") ? expressions.parse() : null;
    boolean recursive = tokens.takeName("recursive");
    tokens.expect(Token.Kind.BLOCK_END);
    List<Statement> body = parseUntil("else", "endfor");
    List<Statement> otherwise = nextTagIs("else") ? parseElse("endfor") : List.of();
    close("endfor");
    return new Statement.For(target, items, filter, recursive, body, otherwise);
  }

  private Statement parseSet() {
    Target target = parseTarget();
    if (tokens.takeOperator("=")) {
      return ended(new Statement.Assignment(target, expressions.parseTuple()));
    }
    Expression filtered = new Expression.Name(Statement.Capture.TEXT);
    while (tokens.takeOperator("|")) {
      filtered = expressions.parseFilter(filtered);
    }
    return new Statement.Capture(target, filtered, parseBody("endset"));
  }

  private Target parseTarget() {
    boolean bracketed = tokens.takeOperator("(");
    List<Target> targets = new ArrayList<>();
    do {
      targets.add(parseOneTarget());
    } while (tokens.takeOperator(","));
    if (bracketed) {
      tokens.expectOperator(")");
    }
    return targets.size() == 1 ? targets.get(0) : new Target.Several(targets);
  }

  private Target parseOneTarget() {
    String name = tokens.expect(Token.Kind.NAME).text();
    return tokens.takeOperator(".")
        ? new Target.Field(name, tokens.expect(Token.Kind.NAME).text())
        : new Target.Variable(name);
  }

  private Statement parseMacro() {
    String name = tokens.expect(Token.Kind.NAME).text();
    return new Statement.MacroDefinition(name, parseMacro(name, "endmacro"));
  }

  private Macro parseMacro(String name, String end) {
    List<String> parameters = new ArrayList<>();
    Map<String, Expression> defaults = parseParameters(parameters);
    return new Macro(name, parameters, defaults, parseBody(end));
  }

  /** Reads a list of parameters in brackets; returns the defaults. */
  private Map<String, Expression> parseParameters(List<String> parameters) {
    Map<String, Expression> defaults = new LinkedHashMap<>();
    tokens.expectOperator("(");
    while (!tokens.takeOperator(")")) {
      String parameter = tokens.expect(Token.Kind.NAME).text();
      parameters.add(parameter);
      if (tokens.takeOperator("=")) {
        defaults.put(parameter, expressions.parse());
      }
      if (!tokens.peek().isOperator(")")) {
        tokens.expectOperator(",");
      }
    }
    return defaults;
  }

  private Statement parseCall() {
    List<String> parameters = new ArrayList<>();
    Map<String, Expression> defaults =
        tokens.peek().isOperator("(") ? parseParameters(parameters) : Map.of();
    int line = tokens.peek().line();
    if (!(expressions.parse() instanceof Expression.Call call)) {
      throw TemplateException.at(line, "a call block needs a call");
    }
    Macro caller = new Macro("caller", parameters, defaults, parseBody("endcall"));
    return new Statement.CallBlock(call, caller);
  }

  private Statement parseFilter() {
    Expression filtered = expressions.parseFilter(new Expression.Name(Statement.Capture.TEXT));
    while (tokens.takeOperator("|")) {
      filtered = expressions.parseFilter(filtered);
    }
    return new Statement.Filtered(filtered, parseBody("endfilter"));
  }

  private Statement parseWith() {
    List<Statement.Assignment> assignments = new ArrayList<>();
    while (tokens.peek().kind() != Token.Kind.BLOCK_END) {
      Target target = parseOneTarget();
      tokens.expectOperator("=");
      assignments.add(new Statement.Assignment(target, expressions.parse()));
      if (!tokens.takeOperator(",")) {
        break;
      }
    }
    return new Statement.Block(assignments, parseBody("endwith"));
  }
}
