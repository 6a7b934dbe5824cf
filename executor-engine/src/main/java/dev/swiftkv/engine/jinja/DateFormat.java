package dev.swiftkv.engine.jinja;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Python's {@code strftime}, in English. */
final class DateFormat {
  private DateFormat() {}

  static String format(LocalDateTime time, String format) {
    StringBuilder result = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char character = format.charAt(i);
      if (character != '%' || i + 1 == format.length()) {
        result.append(character);
      } else {
        i++;
        result.append(field(time, format.charAt(i)));
      }
    }
    return result.toString();
  }

  private static String field(LocalDateTime time, char directive) {
    String pattern =
        switch (directive) {
          case 'Y' -> "uuuu";
          case 'y' -> "uu";
          case 'm' -> "MM";
          case 'B' -> "MMMM";
          case 'b', 'h' -> "MMM";
          case 'd' -> "dd";
          case 'j' -> "DDD";
          case 'A' -> "EEEE";
          case 'a' -> "EEE";
          case 'H' -> "HH";
          case 'I' -> "hh";
          case 'M' -> "mm";
          case 'S' -> "ss";
          case 'f' -> "SSSSSS";
          case 'p' -> "a";
          case 'F' -> "uuuu-MM-dd";
          case 'T' -> "HH:mm:ss";
          case 'D' -> "MM/dd/uu";
          default -> "";
        };
    if (pattern.isEmpty()) {
      return directive == '%' ? "%" : "%" + directive;
    }
    return time.format(DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH));
  }
}
