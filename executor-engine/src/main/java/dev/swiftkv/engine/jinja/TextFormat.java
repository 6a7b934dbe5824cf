package dev.swiftkv.engine.jinja;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Python's two ways of filling values into a text. */
final class TextFormat {
  private static final Pattern PERCENT = Pattern.compile("%(-?0?\\d*(?:\\.\\d+)?)([sdfr%])");
  private static final Pattern BRACES = Pattern.compile("\\{\\{|}}|\\{(\\w*)}");

  private static final int DEFAULT_DIGITS = 6;

  private TextFormat() {}

  /** {@code '%s is %d' % values}. */
  static String percent(String format, List<?> values) {
    Matcher matcher = PERCENT.matcher(format);
    StringBuilder result = new StringBuilder();
    int next = 0;
    while (matcher.find()) {
      char kind = matcher.group(2).charAt(0);
      String text;
      if (kind == '%') {
        text = "%";
      } else if (next == values.size()) {
        throw new TemplateException("too few values for \"" + format + "\"");
      } else {
        text = formatted(matcher.group(1), kind, values.get(next++));
      }
      matcher.appendReplacement(result, Matcher.quoteReplacement(text));
    }
    return matcher.appendTail(result).toString();
  }

  /** {@code '{} is {name}'.format(values)}. */
  static String braces(String format, Arguments values) {
    Matcher matcher = BRACES.matcher(format);
    StringBuilder result = new StringBuilder();
    int next = 0;
    while (matcher.find()) {
      String field = matcher.group(1);
      String text;
      if (field == null) {
        text = matcher.group().substring(1);
      } else if (field.isEmpty()) {
        text = values.text(next, "{}");
        next++;
      } else if (Character.isDigit(field.charAt(0))) {
        text = values.text(Integer.parseInt(field), field);
      } else {
        text = values.text(Integer.MAX_VALUE, field);
      }
      matcher.appendReplacement(result, Matcher.quoteReplacement(text));
    }
    return matcher.appendTail(result).toString();
  }

  /** The binary value, ties to even, as C rounds. */
  private static BigDecimal rounded(String flags, Object value) {
    int point = flags.indexOf('.');
    int digits = point < 0 ? DEFAULT_DIGITS : Integer.parseInt(flags.substring(point + 1));
    return new BigDecimal(Values.number(value)).setScale(digits, RoundingMode.HALF_EVEN);
  }

  private static String formatted(String flags, char kind, Object value) {
    return switch (kind) {
      case 'd' -> String.format(Locale.ROOT, "%" + flags + "d", (long) Values.number(value));
      case 'f' -> String.format(Locale.ROOT, "%" + flags + "f", rounded(flags, value));
      case 'r' -> String.format(Locale.ROOT, "%" + flags + "s", PythonText.repr(value));
      default -> String.format(Locale.ROOT, "%" + flags + "s", PythonText.str(value));
    };
  }
}
