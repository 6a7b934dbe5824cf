package dev.swiftkv.engine.options;

import java.util.List;
import java.util.function.Function;

/** Renders options as a Markdown table, so that the documents cannot disagree with the code. */
public final class OptionDocs {
  private static final String HEADER =
      "| option | type | default | range | meaning |\n| --- | --- | --- | --- | --- |\n";

  private OptionDocs() {}

  /** The options of a completion, by their names in SQL. */
  public static String generation() {
    return table(GenerationOptionList.ALL, Option::name);
  }

  /** The options of an engine, by their names on the command line. */
  public static String engine() {
    return table(EngineOptionList.ALL, Option::name);
  }

  /**
   * A table of options.
   *
   * @param nameOf how the options are written where the table belongs, such as {@code option ->
   *     "spark.swiftkv." + option.camelName()}
   */
  public static String table(
      List<? extends Option<?>> options, Function<Option<?>, String> nameOf) {
    StringBuilder result = new StringBuilder(HEADER);
    for (Option<?> option : options) {
      result
          .append("| `" + nameOf.apply(option))
          .append("` | " + option.type())
          .append(" | " + defaultText(option))
          .append(" | " + option.range())
          .append(" | " + option.documentation())
          .append(" |\n");
    }
    return result.toString();
  }

  private static String defaultText(Option<?> option) {
    String text = option.defaultText();
    return text.isEmpty() ? "none" : "`" + text + "`";
  }
}
