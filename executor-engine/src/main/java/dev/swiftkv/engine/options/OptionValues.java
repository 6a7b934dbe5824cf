package dev.swiftkv.engine.options;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Settings as a user wrote them, checked against the list of options that they may name. */
public final class OptionValues {
  private final Map<String, String> given;
  private final String prefix;

  private OptionValues(Map<String, String> given, String prefix) {
    this.given = given;
    this.prefix = prefix;
  }

  /**
   * Checks that every key names an option, and none twice.
   *
   * @param given by key in any spelling; a null value counts as not given
   * @throws EngineException INVALID_OPTION, naming the nearest option
   */
  public static OptionValues of(List<Option<?>> options, Map<String, String> given) {
    return of(options, given, "");
  }

  /**
   * The same for settings that are written with a prefix and in camel case.
   *
   * @param given by key without the prefix
   * @param prefix as errors name it, such as {@code spark.swiftkv.}; empty for names in snake case
   * @throws EngineException INVALID_OPTION, naming the nearest option
   */
  public static OptionValues of(List<Option<?>> options, Map<String, String> given, String prefix) {
    Map<String, String> byName = new TreeMap<>();
    given.forEach(
        (key, value) -> {
          Option<?> option = find(options, key, prefix);
          if (value != null && byName.put(option.name(), value) != null) {
            throw new EngineException(
                ErrorCategory.INVALID_OPTION,
                "Option %s is given twice; remove one".formatted(written(option, prefix)));
          }
        });
    return new OptionValues(byName, prefix);
  }

  /**
   * Reads every value that is given.
   *
   * @throws EngineException INVALID_OPTION if the text of one is no value of its type
   */
  public void check(List<Option<?>> options) {
    options.forEach(this::get);
  }

  /**
   * Value of an option, its default if none is given.
   *
   * @throws EngineException INVALID_OPTION if the text is no value of its type
   */
  public <V> V get(Option<V> option) {
    String text = given.get(option.name());
    if (text == null) {
      return option.defaultValue();
    }
    try {
      return option.reader().apply(text);
    } catch (IllegalArgumentException e) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "Option %s must be %s, got \"%s\""
              .formatted(written(option, prefix), e.getMessage(), text),
          e);
    }
  }

  private static Option<?> find(List<Option<?>> options, String key, String prefix) {
    return options.stream()
        .filter(option -> option.isNamed(key))
        .findFirst()
        .orElseThrow(() -> unknown(options, key, prefix));
  }

  private static EngineException unknown(List<Option<?>> options, String key, String prefix) {
    List<String> all = options.stream().map(option -> written(option, prefix)).toList();
    String nearest =
        all.stream()
            .min(Comparator.comparingInt(name -> EditDistance.between(name, prefix + key)))
            .orElse("");
    return new EngineException(
        ErrorCategory.INVALID_OPTION,
        "Unknown option \"%s%s\"; did you mean %s? Known: %s"
            .formatted(prefix, key, nearest, String.join(", ", all)));
  }

  private static String written(Option<?> option, String prefix) {
    return prefix.isEmpty() ? option.name() : prefix + option.camelName();
  }
}
