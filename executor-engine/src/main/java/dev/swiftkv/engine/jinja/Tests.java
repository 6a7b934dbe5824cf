package dev.swiftkv.engine.jinja;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What may stand behind {@code is}. */
final class Tests {
  /** A question about a value. */
  @FunctionalInterface
  interface Test {
    boolean holds(Object value, Arguments arguments);
  }

  private static final Test EQUAL = (value, a) -> Values.equal(value, a.require(0, "other"));
  private static final Test UNEQUAL = (value, a) -> !Values.equal(value, a.require(0, "other"));
  private static final Test BELOW = (value, a) -> Values.compare(value, a.require(0, "other")) < 0;
  private static final Test ABOVE = (value, a) -> Values.compare(value, a.require(0, "other")) > 0;
  private static final Test AT_MOST =
      (value, a) -> Values.compare(value, a.require(0, "other")) <= 0;
  private static final Test AT_LEAST =
      (value, a) -> Values.compare(value, a.require(0, "other")) >= 0;

  private static final Map<String, Test> ALL =
      Map.ofEntries(
          Map.entry("defined", (value, a) -> !(value instanceof Undefined)),
          Map.entry("undefined", (value, a) -> value instanceof Undefined),
          Map.entry("none", (value, a) -> value == null),
          Map.entry("string", (value, a) -> value instanceof String),
          Map.entry("number", (value, a) -> Values.isNumber(value)),
          Map.entry("integer", (value, a) -> value instanceof Long),
          Map.entry("float", (value, a) -> value instanceof Double),
          Map.entry("boolean", (value, a) -> value instanceof Boolean),
          Map.entry("true", (value, a) -> Boolean.TRUE.equals(value)),
          Map.entry("false", (value, a) -> Boolean.FALSE.equals(value)),
          Map.entry("mapping", (value, a) -> value instanceof Map<?, ?>),
          Map.entry("iterable", (value, a) -> Values.hasLength(value)),
          Map.entry("sequence", (value, a) -> Values.hasLength(value)),
          Map.entry("callable", (value, a) -> value instanceof Callable),
          Map.entry("odd", (value, a) -> Math.floorMod(Values.integer(value), 2L) == 1),
          Map.entry("even", (value, a) -> Math.floorMod(Values.integer(value), 2L) == 0),
          Map.entry(
              "divisibleby",
              (value, a) -> Math.floorMod(Values.integer(value), a.integer(0, "num", 1)) == 0),
          Map.entry(
              "lower", (value, a) -> isText(value, PythonText.str(value).toLowerCase(Locale.ROOT))),
          Map.entry(
              "upper", (value, a) -> isText(value, PythonText.str(value).toUpperCase(Locale.ROOT))),
          Map.entry("in", (value, a) -> Values.contains(a.require(0, "seq"), value)),
          Map.entry("sameas", (value, a) -> isSame(value, a.require(0, "other"))),
          Map.entry("filter", (value, a) -> Filters.find(PythonText.str(value)) != null),
          Map.entry("test", (value, a) -> find(PythonText.str(value)) != null),
          Map.entry("eq", EQUAL),
          Map.entry("==", EQUAL),
          Map.entry("!=", UNEQUAL),
          Map.entry("<", BELOW),
          Map.entry(">", ABOVE),
          Map.entry("<=", AT_MOST),
          Map.entry(">=", AT_LEAST),
          Map.entry("equalto", EQUAL),
          Map.entry("ne", UNEQUAL),
          Map.entry("lt", BELOW),
          Map.entry("lessthan", BELOW),
          Map.entry("gt", ABOVE),
          Map.entry("greaterthan", ABOVE),
          Map.entry("le", AT_MOST),
          Map.entry("ge", AT_LEAST));

  private Tests() {}

  /** A test by name; null if there is none. */
  static Test find(String name) {
    return ALL.get(name);
  }

  /** A test by the name in an argument list, with the arguments behind it. */
  static Test named(List<Object> nameAndArguments) {
    String name = PythonText.str(nameAndArguments.get(0));
    Test test = find(name);
    if (test == null) {
      throw new TemplateException("there is no test " + name);
    }
    Arguments rest = new Arguments(nameAndArguments.subList(1, nameAndArguments.size()), Map.of());
    return (value, ignored) -> test.holds(value, rest);
  }

  private static boolean isText(Object value, String cased) {
    return PythonText.str(value).equals(cased);
  }

  private static boolean isSame(Object value, Object other) {
    return value == other
        || (value instanceof Boolean && value.equals(other))
        || (value instanceof Long && value.equals(other));
  }
}
