package dev.swiftkv.engine.jinja;

import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;

/** A template, read once and rendered any number of times. Safe from any thread. */
public final class Template {
  private final List<Statement> statements;
  private final LocalDateTime now;

  private Template(List<Statement> statements, LocalDateTime now) {
    this.statements = statements;
    this.now = now;
  }

  /**
   * Reads a template.
   *
   * @param now what {@code strftime_now} tells; fixed, so that equal input gives equal text
   * @throws TemplateException with the line, if it is not one
   */
  public static Template parse(String source, LocalDateTime now) {
    try {
      return new Template(StatementParser.parse(source), now);
    } catch (StackOverflowError e) {
      throw new TemplateException("it is nested too deeply");
    }
  }

  /**
   * Renders it.
   *
   * @param variables by name: texts, numbers, booleans, null, lists and maps
   * @throws TemplateException if it refuses them or fails on them
   */
  public String render(Map<String, Object> variables) {
    Scope scope = new Scope(Globals.scope(now));
    variables.forEach((name, value) -> scope.set(name, Values.fromJava(value)));
    try {
      return Statement.textOf(statements, scope);
    } catch (StackOverflowError e) {
      throw new TemplateException("it is nested too deeply, or a macro calls itself forever");
    }
  }
}
