package dev.swiftkv.spark.cli;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts text into SQL statements at semicolons that are outside of quotes and comments, and leaves
 * comments out; hints stay. Fed line by line.
 */
final class SqlStatements {
  private final StringBuilder open = new StringBuilder();

  /** The quote that is open, or 0. */
  private char quote;

  /** How many bracketed comments are open; they nest. */
  private int comments;

  /** Adds a line and returns the statements that it completes. */
  List<String> add(String line) {
    List<String> complete = new ArrayList<>();
    int at = 0;
    while (at < line.length()) {
      int taken = comments > 0 ? inComment(line, at) : quote != 0 ? inQuote(line, at) : 0;
      if (taken > 0) {
        at += taken;
      } else if (line.startsWith("--", at)) {
        break;
      } else if (line.startsWith("/*", at) && !line.startsWith("/*+", at)) {
        comments++;
        at += 2;
      } else if (line.charAt(at) == ';') {
        finish(complete);
        at++;
      } else {
        char next = line.charAt(at);
        quote = next == '\'' || next == '"' || next == '`' ? next : 0;
        open.append(next);
        at++;
      }
    }
    open.append('\n');
    return complete;
  }

  /** The last statement, which needs no semicolon. */
  List<String> end() {
    List<String> rest = new ArrayList<>();
    finish(rest);
    return rest;
  }

  /** Whether a statement has begun. */
  boolean isOpen() {
    return !open.toString().isBlank() || comments > 0;
  }

  /** The statements of a text. */
  static List<String> split(String text) {
    SqlStatements statements = new SqlStatements();
    List<String> all = new ArrayList<>();
    text.lines().forEach(line -> all.addAll(statements.add(line)));
    all.addAll(statements.end());
    return all;
  }

  private int inComment(String line, int at) {
    if (line.startsWith("*/", at)) {
      comments--;
      open.append(' ');
      return 2;
    }
    if (line.startsWith("/*", at)) {
      comments++;
      return 2;
    }
    return 1;
  }

  private int inQuote(String line, int at) {
    char next = line.charAt(at);
    open.append(next);
    if (next == '\\' && quote != '`' && at + 1 < line.length()) {
      open.append(line.charAt(at + 1));
      return 2;
    }
    if (next == quote) {
      quote = 0;
    }
    return 1;
  }

  private void finish(List<String> complete) {
    String statement = open.toString().strip();
    if (!statement.isEmpty()) {
      complete.add(statement);
    }
    open.setLength(0);
  }
}
