package dev.swiftkv.engine.jinja;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Functions that every template may call. */
final class Globals {
  /** As in Jinja's sandbox. */
  private static final long MAX_RANGE = 100_000;

  private Globals() {}

  /** A scope that holds them. */
  static Scope scope(LocalDateTime now) {
    Scope scope = new Scope(null);
    scope.set("range", (Callable) Globals::range);
    scope.set("dict", (Callable) arguments -> new LinkedHashMap<Object, Object>(arguments.named()));
    scope.set("namespace", (Callable) Globals::namespace);
    scope.set(
        "raise_exception",
        (Callable)
            arguments -> {
              throw TemplateException.raised(arguments.text(0, "message"));
            });
    scope.set(
        "strftime_now",
        (Callable) arguments -> DateFormat.format(now, arguments.text(0, "format")));
    return scope;
  }

  private static Object namespace(Arguments arguments) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (Object given : arguments.positional()) {
      if (given instanceof Map<?, ?> map) {
        map.forEach((key, value) -> fields.put(PythonText.str(key), value));
      }
    }
    fields.putAll(arguments.named());
    return new Namespace(fields);
  }

  private static Object range(Arguments arguments) {
    List<Object> given = arguments.positional();
    long from = given.size() > 1 ? Values.integer(given.get(0)) : 0;
    long to = Values.integer(arguments.require(given.size() > 1 ? 1 : 0, "stop"));
    long step = given.size() > 2 ? Values.integer(given.get(2)) : 1;
    if (step == 0) {
      throw new TemplateException("range must not have step 0");
    }
    List<Object> result = new ArrayList<>();
    for (long i = from; step > 0 ? i < to : i > to; i += step) {
      if (result.size() == MAX_RANGE) {
        throw new TemplateException("range has more than " + MAX_RANGE + " items");
      }
      result.add(i);
    }
    return result;
  }
}
