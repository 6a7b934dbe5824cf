package dev.swiftkv.benchmarks.threads;

import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Replaces the {@code {placeholders}} of a sentence by given or by random values. */
final class Placeholders {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{([a-zA-Z]+)}");

  private final Phrases phrases;
  private final Chance chance;

  Placeholders(Phrases phrases, Chance chance) {
    this.phrases = phrases;
    this.chance = chance;
  }

  /**
   * Fills a sentence.
   *
   * @param values names and values in turn; every name that is missing here gets a random value
   */
  String fill(String sentence, String... values) {
    return PLACEHOLDER.matcher(sentence).replaceAll(match -> value(match, values));
  }

  private String value(MatchResult match, String[] values) {
    String name = match.group(1);
    for (int i = 0; i < values.length; i += 2) {
      if (values[i].equals(name)) {
        return values[i + 1];
      }
      if (values[i].toUpperCase(Locale.ROOT).equals(name)) {
        return values[i + 1].substring(0, 1).toUpperCase(Locale.ROOT) + values[i + 1].substring(1);
      }
    }
    return random(name);
  }

  private String random(String name) {
    return switch (name) {
      case "n" -> chance.digits(1);
      case "m" -> chance.digits(1);
      case "k" -> String.valueOf(chance.between(3, 8));
      case "mm" -> String.valueOf(chance.between(10, 59));
      case "day" -> chance.oneOf(phrases.weekdays());
      case "other" -> chance.personName();
      case "oprod" -> chance.product();
      case "oid" -> chance.digits(5);
      case "tid" -> chance.digits(8);
      case "phone" -> "0" + chance.digits(3) + " " + chance.digits(6);
      default -> throw new IllegalArgumentException("phrases.json uses the unknown {" + name + "}");
    };
  }
}
