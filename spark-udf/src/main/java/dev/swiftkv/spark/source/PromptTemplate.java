package dev.swiftkv.spark.source;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import java.util.ArrayList;
import java.util.List;

/**
 * A prompt with the columns it takes: {@code "Summarize:\n{text}"}. Braces that mean themselves are
 * doubled, {@code {{} and {@code }}}.
 *
 * @param parts in the order of the text; never two literals in a row
 */
public record PromptTemplate(List<Part> parts) {
  /** Literal text or a column. */
  public sealed interface Part {}

  /** Text as it is. */
  public record Literal(String text) implements Part {}

  /** The value of a column of the row; the field of a struct is written {@code column.field}. */
  public record Placeholder(String column) implements Part {}

  /** Copies the parts. */
  public PromptTemplate {
    parts = List.copyOf(parts);
  }

  /**
   * Reads a template.
   *
   * @throws EngineException of category INVALID_OPTION if braces do not match or a placeholder is
   *     empty
   */
  public static PromptTemplate parse(String template) {
    List<Part> parts = new ArrayList<>();
    StringBuilder literal = new StringBuilder();
    int at = 0;
    while (at < template.length()) {
      char next = template.charAt(at);
      boolean brace = next == '{' || next == '}';
      if (brace && at + 1 < template.length() && template.charAt(at + 1) == next) {
        literal.append(next);
        at += 2;
      } else if (next == '{') {
        int end = template.indexOf('}', at);
        if (end < 0) {
          throw invalid("has a { without }", at, template);
        }
        String column = template.substring(at + 1, end).strip();
        if (column.isEmpty() || column.indexOf('{') >= 0) {
          throw invalid("has a { that no column name and } follow", at, template);
        }
        flush(literal, parts);
        parts.add(new Placeholder(column));
        at = end + 1;
      } else if (next == '}') {
        throw invalid("has a } without {", at, template);
      } else {
        literal.append(next);
        at++;
      }
    }
    flush(literal, parts);
    return new PromptTemplate(parts);
  }

  /** Whether any column is taken. */
  public boolean hasPlaceholder() {
    return parts.stream().anyMatch(Placeholder.class::isInstance);
  }

  private static void flush(StringBuilder literal, List<Part> parts) {
    if (!literal.isEmpty()) {
      parts.add(new Literal(literal.toString()));
      literal.setLength(0);
    }
  }

  private static EngineException invalid(String what, int at, String template) {
    return new EngineException(
        ErrorCategory.INVALID_OPTION,
        "The prompt template %s at character %d: %s. Write {{ or }} for a brace that is text."
            .formatted(what, at + 1, excerpt(template, at)));
  }

  private static String excerpt(String template, int at) {
    int from = Math.max(0, at - 10);
    int to = Math.min(template.length(), at + 20);
    return (from > 0 ? "…" : "")
        + template.substring(from, to)
        + (to < template.length() ? "…" : "");
  }
}
