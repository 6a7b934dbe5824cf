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

  private OptionValues(Map<String, String> given) {
    this.given = given;
  }

  /**
   * Checks that every key names an option, and none twice.
   *
   * @param given by key in any spelling; a null value counts as not given
   * @throws EngineException INVALID_OPTION, naming the nearest option
   */
  public static OptionValues of(List<Option<?>> options, Map<String, String> given) {
    Map<String, String> byName = new TreeMap<>();
    given.forEach(
        (key, value) -> {
          Option<?> option = find(options, key);
          if (value != null && byName.put(option.name(), value) != null) {
            throw new EngineException(
                ErrorCategory.INVALID_OPTION,
                "Option %s is given twice; remove one".formatted(option.name()));
          }
        });
    return new OptionValues(byName);
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
          "Option %s must be %s, got \"%s\"".formatted(option.name(), e.getMessage(), text),
          e);
    }
  }

  private static Option<?> find(List<Option<?>> options, String key) {
    return options.stream()
        .filter(option -> option.isNamed(key))
        .findFirst()
        .orElseThrow(() -> unknown(options, key));
  }

  private static EngineException unknown(List<Option<?>> options, String key) {
    String nearest =
        options.stream()
            .map(Option::name)
            .min(Comparator.comparingInt(name -> EditDistance.between(name, key)))
            .orElse("");
    String all = String.join(", ", options.stream().map(Option::name).toList());
    return new EngineException(
        ErrorCategory.INVALID_OPTION,
        "Unknown option \"%s\"; did you mean %s? Known: %s".formatted(key, nearest, all));
  }
}
