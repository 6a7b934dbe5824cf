package dev.swiftkv.engine.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What may stand behind a bar. */
final class Filters {
  /** A function of a value and further arguments. */
  @FunctionalInterface
  interface Filter {
    Object apply(Object value, Arguments arguments);
  }

  private static final Filter LENGTH = (value, a) -> Values.length(value);
  private static final Filter DEFAULT = Filters::orDefault;

  private static final Map<String, Filter> ALL =
      Map.ofEntries(
          Map.entry("length", LENGTH),
          Map.entry("count", LENGTH),
          Map.entry("default", DEFAULT),
          Map.entry("d", DEFAULT),
          Map.entry("safe", (value, a) -> value),
          Map.entry("string", (value, a) -> PythonText.str(value)),
          Map.entry("tojson", Filters::toJson),
          Map.entry("items", (value, a) -> entries(value)),
          Map.entry("trim", (value, a) -> TextMethods.strip(PythonText.str(value), a, true, true)),
          Map.entry("lower", (value, a) -> PythonText.str(value).toLowerCase(Locale.ROOT)),
          Map.entry("upper", (value, a) -> PythonText.str(value).toUpperCase(Locale.ROOT)),
          Map.entry("capitalize", (value, a) -> TextMethods.capitalize(PythonText.str(value))),
          Map.entry("title", (value, a) -> title(PythonText.str(value))),
          Map.entry("replace", (value, a) -> TextMethods.replace(PythonText.str(value), a)),
          Map.entry("indent", (value, a) -> indent(PythonText.str(value), a)),
          Map.entry("escape", (value, a) -> escape(PythonText.str(value))),
          Map.entry("e", (value, a) -> escape(PythonText.str(value))),
          Map.entry(
              "format", (value, a) -> TextFormat.percent(PythonText.str(value), a.positional())),
          Map.entry(
              "wordcount", (value, a) -> (long) PythonText.str(value).trim().split("\\s+").length),
          Map.entry("int", Filters::toInteger),
          Map.entry("float", Filters::toDouble),
          Map.entry(
              "abs", (value, a) -> Values.number(value) < 0 ? Arithmetic.negate(value) : value),
          Map.entry("round", Filters::round),
          Map.entry("join", ListFilters::join),
          Map.entry("list", (value, a) -> Values.items(value)),
          Map.entry("first", (value, a) -> ListFilters.at(value, 0)),
          Map.entry("last", (value, a) -> ListFilters.at(value, Values.items(value).size() - 1)),
          Map.entry("reverse", (value, a) -> ListFilters.reverse(value)),
          Map.entry("sort", ListFilters::sort),
          Map.entry("unique", ListFilters::unique),
          Map.entry("sum", ListFilters::sum),
          Map.entry("min", (value, a) -> ListFilters.extreme(value, a, -1)),
          Map.entry("max", (value, a) -> ListFilters.extreme(value, a, 1)),
          Map.entry("map", ListFilters::map),
          Map.entry("select", (value, a) -> ListFilters.select(value, a, true)),
          Map.entry("reject", (value, a) -> ListFilters.select(value, a, false)),
          Map.entry("selectattr", (value, a) -> ListFilters.selectByAttribute(value, a, true)),
          Map.entry("rejectattr", (value, a) -> ListFilters.selectByAttribute(value, a, false)),
          Map.entry("dictsort", ListFilters::sortEntries),
          Map.entry("batch", ListFilters::batch));

  private static final Pattern WORD = Pattern.compile("[^-\\s({\\[<]+");

  private Filters() {}

  /** A filter by name; null if there is none. */
  static Filter find(String name) {
    return ALL.get(name);
  }

  /** Pairs of key and value; none of what is not there. */
  static List<Object> entries(Object value) {
    List<Object> result = new ArrayList<>();
    if (value instanceof Map<?, ?> map) {
      map.forEach((key, item) -> result.add(Arguments.of(key, item).positional()));
    } else if (!(value instanceof Undefined)) {
      throw new TemplateException(Values.typeName(value) + " has no items");
    }
    return result;
  }

  private static Object orDefault(Object value, Arguments arguments) {
    boolean replace =
        value instanceof Undefined || (arguments.flag(1, "boolean", false) && !Values.truth(value));
    return replace ? arguments.get(0, "default_value", "") : value;
  }

  private static Object toJson(Object value, Arguments arguments) {
    Object indent = arguments.named().get("indent");
    return JsonText.of(
        value,
        indent == null ? -1 : Values.integer(indent),
        Values.truth(arguments.named().get("sort_keys")));
  }

  private static Object toInteger(Object value, Arguments arguments) {
    try {
      return value instanceof String text
          ? (long) Double.parseDouble(text.trim())
          : (long) Values.number(value);
    } catch (NumberFormatException | TemplateException e) {
      return arguments.get(0, "default", 0L);
    }
  }

  private static Object toDouble(Object value, Arguments arguments) {
    try {
      return value instanceof String text ? Double.parseDouble(text.trim()) : Values.number(value);
    } catch (NumberFormatException | TemplateException e) {
      return arguments.get(0, "default", 0.0);
    }
  }

  private static Object round(Object value, Arguments arguments) {
    double scale = Math.pow(10, arguments.integer(0, "precision", 0));
    double scaled = Values.number(value) * scale;
    String method = PythonText.str(arguments.get(1, "method", "common"));
    return switch (method) {
      case "ceil" -> Math.ceil(scaled) / scale;
      case "floor" -> Math.floor(scaled) / scale;
      default -> Math.rint(scaled) / scale;
    };
  }

  /** Words begin after white space, hyphens and opening brackets, not after an apostrophe. */
  private static String title(String text) {
    return WORD.matcher(text)
        .replaceAll(word -> Matcher.quoteReplacement(TextMethods.capitalize(word.group())));
  }

  private static String indent(String text, Arguments arguments) {
    Object width = arguments.get(0, "width", 4L);
    String blanks =
        width instanceof String given ? given : " ".repeat(Math.toIntExact(Values.integer(width)));
    boolean first = arguments.flag(1, "first", false);
    boolean blank = arguments.flag(2, "blank", false);
    String[] lines = text.split("\n", -1);
    StringBuilder result = new StringBuilder();
    for (int i = 0; i < lines.length; i++) {
      boolean indented = i == 0 ? first : blank || !lines[i].isEmpty();
      result.append(i == 0 ? "" : "\n").append(indented ? blanks : "").append(lines[i]);
    }
    return result.toString();
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("'", "&#39;")
        .replace("\"", "&#34;");
  }
}
