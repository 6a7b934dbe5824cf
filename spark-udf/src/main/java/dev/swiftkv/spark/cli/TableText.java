package dev.swiftkv.spark.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Row;

/** Rows as an aligned table that fits the terminal. */
final class TableText {
  private static final String GAP = "  ";
  private static final int NARROWEST = 6;
  private static final int DEFAULT_WIDTH = 120;

  private final List<String> header;
  private final List<List<String>> cells = new ArrayList<>();

  TableText(List<String> header) {
    this.header = List.copyOf(header);
  }

  /** A table of rows. */
  static TableText of(List<String> header, List<Row> rows) {
    TableText table = new TableText(header);
    for (Row row : rows) {
      List<String> values = new ArrayList<>();
      for (int i = 0; i < row.length(); i++) {
        values.add(row.isNullAt(i) ? "NULL" : row.get(i).toString());
      }
      table.add(values);
    }
    return table;
  }

  /** Characters of a line: the terminal's, as far as the environment says. */
  static int terminalWidth() {
    String columns = System.getenv("COLUMNS");
    return columns != null && columns.matches("[1-9][0-9]{1,3}")
        ? Integer.parseInt(columns)
        : DEFAULT_WIDTH;
  }

  void add(List<String> values) {
    cells.add(values.stream().map(value -> value.replaceAll("\\s+", " ").strip()).toList());
  }

  /** Lines of at most {@code width} characters; cells that do not fit end in {@code …}. */
  List<String> lines(int width) {
    int[] widths = widths(width);
    List<String> lines = new ArrayList<>();
    lines.add(line(header, widths));
    StringBuilder rule = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      rule.append(i == 0 ? "" : GAP).append("─".repeat(widths[i]));
    }
    lines.add(rule.toString());
    for (List<String> row : cells) {
      lines.add(line(row, widths));
    }
    return lines;
  }

  /** Narrow columns get what they need, wide ones share what is left. */
  private int[] widths(int width) {
    int[] needed = new int[header.size()];
    for (int i = 0; i < needed.length; i++) {
      needed[i] = header.get(i).length();
      for (List<String> row : cells) {
        needed[i] = Math.max(needed[i], row.get(i).length());
      }
    }
    int room = width - GAP.length() * (needed.length - 1);
    int limit = Arrays.stream(needed).max().orElse(0);
    while (limit > NARROWEST && total(needed, limit) > room) {
      limit--;
    }
    int most = limit;
    int[] widths = Arrays.stream(needed).map(need -> Math.min(need, most)).toArray();
    spread(widths, needed, room);
    return widths;
  }

  /** Hands out the characters that equal shares leave over. */
  private static void spread(int[] widths, int[] needed, int room) {
    int left = room - Arrays.stream(widths).sum();
    for (int i = 0; i < widths.length && left > 0; i++) {
      if (widths[i] < needed[i]) {
        widths[i]++;
        left--;
      }
    }
  }

  private static int total(int[] needed, int limit) {
    return Arrays.stream(needed).map(need -> Math.min(need, limit)).sum();
  }

  private static String line(List<String> values, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String value = values.get(i);
      String cut = value.length() <= widths[i] ? value : value.substring(0, widths[i] - 1) + "…";
      line.append(i == 0 ? "" : GAP).append(cut).append(" ".repeat(widths[i] - cut.length()));
    }
    return line.toString().stripTrailing();
  }
}
