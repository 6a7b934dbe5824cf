package dev.swiftkv.engine.options;

/** How far a misspelled key is from a name. */
final class EditDistance {
  private EditDistance() {}

  /** Fewest insertions, deletions and replacements, case and separators aside (Levenshtein). */
  static int between(String first, String second) {
    String from = Option.plain(first);
    String to = Option.plain(second);
    int[] row = new int[to.length() + 1];
    for (int column = 0; column <= to.length(); column++) {
      row[column] = column;
    }
    for (int i = 0; i < from.length(); i++) {
      int diagonal = row[0];
      row[0] = i + 1;
      for (int column = 1; column <= to.length(); column++) {
        int replaced = diagonal + (from.charAt(i) == to.charAt(column - 1) ? 0 : 1);
        diagonal = row[column];
        row[column] = Math.min(replaced, 1 + Math.min(row[column], row[column - 1]));
      }
    }
    return row[to.length()];
  }
}
