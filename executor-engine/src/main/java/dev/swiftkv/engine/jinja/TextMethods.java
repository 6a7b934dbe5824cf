package dev.swiftkv.engine.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Python's methods of {@code str}. */
final class TextMethods {
  /** A method of a text. */
  private interface Method {
    Object call(String text, Arguments arguments);
  }

  private static final Map<String, Method> ALL =
      Map.ofEntries(
          Map.entry("strip", (text, a) -> strip(text, a, true, true)),
          Map.entry("lstrip", (text, a) -> strip(text, a, true, false)),
          Map.entry("rstrip", (text, a) -> strip(text, a, false, true)),
          Map.entry("split", (text, a) -> split(text, a, false)),
          Map.entry("rsplit", (text, a) -> split(text, a, true)),
          Map.entry("splitlines", (text, a) -> new ArrayList<Object>(text.lines().toList())),
          Map.entry("startswith", (text, a) -> any(a.require(0, "prefix"), text::startsWith)),
          Map.entry("endswith", (text, a) -> any(a.require(0, "suffix"), text::endsWith)),
          Map.entry("removeprefix", (text, a) -> removePrefix(text, a.text(0, "prefix"))),
          Map.entry("removesuffix", (text, a) -> removeSuffix(text, a.text(0, "suffix"))),
          Map.entry("replace", TextMethods::replace),
          Map.entry("upper", (text, a) -> text.toUpperCase(Locale.ROOT)),
          Map.entry("lower", (text, a) -> text.toLowerCase(Locale.ROOT)),
          Map.entry("title", (text, a) -> title(text)),
          Map.entry("capitalize", (text, a) -> capitalize(text)),
          Map.entry("find", (text, a) -> (long) text.indexOf(a.text(0, "sub"))),
          Map.entry("rfind", (text, a) -> (long) text.lastIndexOf(a.text(0, "sub"))),
          Map.entry("count", (text, a) -> count(text, a.text(0, "sub"))),
          Map.entry("join", (text, a) -> join(text, a.require(0, "iterable"))),
          Map.entry("format", TextFormat::braces),
          Map.entry("isdigit", (text, a) -> all(text, Character::isDigit)),
          Map.entry("isalpha", (text, a) -> all(text, Character::isLetter)),
          Map.entry("isalnum", (text, a) -> all(text, Character::isLetterOrDigit)),
          Map.entry("isspace", (text, a) -> all(text, TextMethods::isSpace)),
          Map.entry("isupper", (text, a) -> isCased(text, text.toUpperCase(Locale.ROOT))),
          Map.entry("islower", (text, a) -> isCased(text, text.toLowerCase(Locale.ROOT))));

  private TextMethods() {}

  static boolean has(String name) {
    return ALL.containsKey(name);
  }

  static Object call(String text, String name, Arguments arguments) {
    return ALL.get(name).call(text, arguments);
  }

  /** Without the given characters at its ends; without white space where none are given. */
  static String strip(String text, Arguments arguments, boolean left, boolean right) {
    Object given = arguments.get(0, "chars");
    IntPredicate drop =
        given == null ? TextMethods::isSpace : c -> PythonText.str(given).indexOf(c) >= 0;
    int start = 0;
    int end = text.length();
    while (left && start < end && drop.test(text.codePointAt(start))) {
      start += Character.charCount(text.codePointAt(start));
    }
    while (right && end > start && drop.test(text.codePointBefore(end))) {
      end -= Character.charCount(text.codePointBefore(end));
    }
    return text.substring(start, end);
  }

  static String capitalize(String text) {
    int end = text.isEmpty() ? 0 : text.offsetByCodePoints(0, 1);
    return text.substring(0, end).toUpperCase(Locale.ROOT)
        + text.substring(end).toLowerCase(Locale.ROOT);
  }

  static String title(String text) {
    StringBuilder result = new StringBuilder();
    boolean inWord = false;
    for (int character : text.codePoints().toArray()) {
      String one = Character.toString(character);
      result.append(inWord ? one.toLowerCase(Locale.ROOT) : one.toUpperCase(Locale.ROOT));
      inWord = Character.isLetter(character);
    }
    return result.toString();
  }

  static String join(String separator, Object items) {
    return Values.items(items).stream().map(PythonText::str).collect(Collectors.joining(separator));
  }

  static String replace(String text, Arguments arguments) {
    String from = arguments.text(0, "old");
    String to = arguments.text(1, "new");
    long limit = arguments.integer(2, "count", -1);
    if (limit < 0) {
      return text.replace(from, to);
    }
    StringBuilder result = new StringBuilder(text);
    int at = result.indexOf(from);
    for (long done = 0; done < limit && at >= 0; done++) {
      result.replace(at, at + from.length(), to);
      at = result.indexOf(from, at + Math.max(1, to.length()));
    }
    return result.toString();
  }

  private static List<Object> split(String text, Arguments arguments, boolean fromRight) {
    long limit = arguments.integer(1, "maxsplit", -1);
    Object separator = arguments.get(0, "sep");
    if (separator == null) {
      return splitAtSpace(text, limit);
    }
    String mark = PythonText.str(separator);
    if (mark.isEmpty()) {
      throw new TemplateException("split needs a separator that is not empty");
    }
    List<Object> result = new ArrayList<>();
    String rest = text;
    while (limit < 0 || result.size() < limit) {
      int at = fromRight ? rest.lastIndexOf(mark) : rest.indexOf(mark);
      if (at < 0) {
        break;
      }
      String after = rest.substring(at + mark.length());
      String before = rest.substring(0, at);
      result.add(fromRight ? after : before);
      rest = fromRight ? before : after;
    }
    result.add(rest);
    if (fromRight) {
      Collections.reverse(result);
    }
    return result;
  }

  private static List<Object> splitAtSpace(String text, long limit) {
    String trimmed = strip(text, Arguments.NONE, true, true);
    if (trimmed.isEmpty()) {
      return new ArrayList<>();
    }
    int parts = limit < 0 ? 0 : Math.toIntExact(limit + 1);
    return new ArrayList<>(List.of(trimmed.split("\\s+", parts)));
  }

  private static boolean any(Object candidates, Predicate<String> test) {
    return candidates instanceof List<?> list
        ? list.stream().anyMatch(one -> test.test(PythonText.str(one)))
        : test.test(PythonText.str(candidates));
  }

  private static String removePrefix(String text, String prefix) {
    return text.startsWith(prefix) ? text.substring(prefix.length()) : text;
  }

  private static String removeSuffix(String text, String suffix) {
    return text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text;
  }

  private static long count(String text, String part) {
    long found = 0;
    int at = text.indexOf(part);
    while (at >= 0 && !part.isEmpty()) {
      found++;
      at = text.indexOf(part, at + part.length());
    }
    return part.isEmpty() ? Values.length(text) + 1 : found;
  }

  private static boolean all(String text, IntPredicate test) {
    return !text.isEmpty() && text.codePoints().allMatch(test);
  }

  private static boolean isCased(String text, String cased) {
    return text.equals(cased) && text.codePoints().anyMatch(Character::isLetter);
  }

  private static boolean isSpace(int character) {
    return Character.isWhitespace(character)
        || Character.isSpaceChar(character)
        || character == '\u0085';
  }
}
