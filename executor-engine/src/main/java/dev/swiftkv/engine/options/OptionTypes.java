package dev.swiftkv.engine.options;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes options of each type. */
final class OptionTypes {
  /** Between a kind of device and which one of it. */
  static final String INDEX_SEPARATOR = ":";

  private static final Pattern INDEXED_DEVICE =
      Pattern.compile("([a-z]+)" + INDEX_SEPARATOR + "(\\d{1,4})");

  private static final String UNITS = "kmgt";
  private static final int BITS_PER_UNIT = 10;

  private OptionTypes() {}

  static Option<Integer> integer(String name, int defaultValue, String range, String text) {
    return new Option<>(
        name, "integer", defaultValue, range, text, numeric(Integer::valueOf, "a whole number"));
  }

  static Option<Long> wide(String name, long defaultValue, String range, String text) {
    return new Option<>(
        name, "integer", defaultValue, range, text, numeric(Long::valueOf, "a whole number"));
  }

  static Option<Float> number(String name, float defaultValue, String range, String text) {
    return new Option<>(
        name, "number", defaultValue, range, text, numeric(Float::valueOf, "a number"));
  }

  static Option<Boolean> flag(String name, boolean defaultValue, String text) {
    return new Option<>(
        name,
        "true or false",
        defaultValue,
        "",
        text,
        choice(OptionTypes::parseFlag, "true, false"));
  }

  static Option<Long> bytes(String name, long defaultValue, String range, String text) {
    return new Option<>(
        name,
        "bytes",
        defaultValue,
        range,
        text,
        numeric(OptionTypes::parseBytes, "a number of bytes such as 1073741824, 1024m or 1g"));
  }

  /** One of several words. */
  static Option<String> word(String name, String defaultValue, List<String> words, String text) {
    String listed = String.join(", ", words);
    Function<String, Optional<String>> find =
        given -> words.stream().filter(word -> word.equalsIgnoreCase(given)).findFirst();
    return new Option<>(name, "word", defaultValue, listed, text, choice(find, listed));
  }

  /** A kind of device, or one device of a kind as in {@code cuda:1}; {@code auto} has no index. */
  static Option<String> device(String name, String defaultValue, List<String> kinds, String text) {
    String listed = String.join(", ", kinds);
    Function<String, Optional<String>> find =
        given -> {
          String lower = given.toLowerCase(Locale.ROOT);
          Matcher indexed = INDEXED_DEVICE.matcher(lower);
          boolean isIndexed =
              indexed.matches()
                  && kinds.contains(indexed.group(1))
                  && !indexed.group(1).equals(defaultValue);
          return isIndexed || kinds.contains(lower) ? Optional.of(lower) : Optional.empty();
        };
    return new Option<>(name, "word", defaultValue, listed, text, choice(find, listed));
  }

  /** One constant of an enumeration, by the word that stands for it. */
  static <E extends Enum<E>> Option<E> constant(
      String name, E defaultValue, Function<E, String> wordOf, String text) {
    List<E> all = Arrays.asList(defaultValue.getDeclaringClass().getEnumConstants());
    String listed = String.join(", ", all.stream().map(wordOf).toList());
    Function<String, Optional<E>> find =
        given ->
            all.stream()
                .filter(one -> Option.plain(wordOf.apply(one)).equals(Option.plain(given)))
                .findFirst();
    return new Option<>(name, "word", defaultValue, listed, text, choice(find, listed));
  }

  /** Any text; empty if it is not given. */
  static Option<String> text(String name, String range, String text) {
    return new Option<>(name, "text", "", range, text, given -> given);
  }

  /** One string, or several as a JSON array. */
  static Option<List<String>> strings(String name, String range, String text) {
    return new Option<>(
        name, "string or JSON array", List.of(), range, text, OptionTypes::parseStrings);
  }

  private static <V> Function<String, V> numeric(Function<String, V> parse, String expected) {
    return text -> {
      try {
        return parse.apply(text.trim());
      } catch (NumberFormatException | ArithmeticException e) {
        throw new IllegalArgumentException(expected, e);
      }
    };
  }

  private static <V> Function<String, V> choice(
      Function<String, Optional<V>> find, String expected) {
    return text ->
        find.apply(text.trim())
            .orElseThrow(() -> new IllegalArgumentException("one of " + expected));
  }

  private static Optional<Boolean> parseFlag(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true" -> Optional.of(true);
      case "false" -> Optional.of(false);
      default -> Optional.empty();
    };
  }

  private static long parseBytes(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    int unit = lower.isEmpty() ? -1 : UNITS.indexOf(lower.charAt(lower.length() - 1));
    if (unit < 0) {
      return Long.parseLong(lower);
    }
    long count = Long.parseLong(lower.substring(0, lower.length() - 1));
    return Math.multiplyExact(count, 1L << (BITS_PER_UNIT * (unit + 1)));
  }

  private static List<String> parseStrings(String text) {
    if (!text.trim().startsWith("[")) {
      return List.of(text);
    }
    try {
      return new ObjectMapper().readValue(text, new TypeReference<List<String>>() {});
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "a string, or a JSON array of strings such as [\"###\", \"END\"]", e);
    }
  }
}
