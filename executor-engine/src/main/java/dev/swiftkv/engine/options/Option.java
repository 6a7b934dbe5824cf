package dev.swiftkv.engine.options;

import dev.swiftkv.engine.LongPromptPolicy;
import java.util.Collection;
import java.util.Locale;
import java.util.function.Function;

/**
 * One option. Its name may be written in snake case, camel case or with hyphens, in any case:
 * {@code max_tokens}, {@code maxTokens}, {@code MAX-TOKENS}.
 *
 * @param <V> type of its value
 * @param name in snake case
 * @param type as documented
 * @param defaultValue where the user does not say
 * @param range as documented; empty if the type says it all
 * @param documentation one sentence or two
 * @param reader value of a text; throws IllegalArgumentException if it is none
 */
public record Option<V>(
    String name,
    String type,
    V defaultValue,
    String range,
    String documentation,
    Function<String, V> reader) {

  /** The name as Spark options are written: {@code maxTokens}. */
  public String camelName() {
    StringBuilder result = new StringBuilder();
    for (int i = 0; i < name.length(); i++) {
      if (name.charAt(i) == '_') {
        i++;
        result.append(Character.toUpperCase(name.charAt(i)));
      } else {
        result.append(name.charAt(i));
      }
    }
    return result.toString();
  }

  /** The default as a user would write it; empty if it is an empty list. */
  public String defaultText() {
    if (defaultValue instanceof LongPromptPolicy policy) {
      return policy.optionValue();
    }
    return defaultValue instanceof Collection<?> several && several.isEmpty()
        ? ""
        : defaultValue.toString();
  }

  /** Whether a key as a user wrote it means this option. */
  public boolean isNamed(String key) {
    return plain(key).equals(plain(name));
  }

  /** A key without case and separators. */
  static String plain(String key) {
    return key.replace("_", "").replace("-", "").toLowerCase(Locale.ROOT);
  }
}
