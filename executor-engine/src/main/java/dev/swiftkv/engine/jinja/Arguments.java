package dev.swiftkv.engine.jinja;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** What a function, filter or test is called with. */
record Arguments(List<Object> positional, Map<String, Object> named) {
  static final Arguments NONE = new Arguments(List.of(), Map.of());

  static Arguments of(Object... values) {
    return new Arguments(Arrays.asList(values), Map.of());
  }

  boolean has(int index, String name) {
    return index < positional.size() || named.containsKey(name);
  }

  /** An argument by position or name, null where it is not given. */
  Object get(int index, String name) {
    return get(index, name, null);
  }

  Object get(int index, String name, Object fallback) {
    if (index < positional.size()) {
      return positional.get(index);
    }
    return named.containsKey(name) ? named.get(name) : fallback;
  }

  Object require(int index, String name) {
    if (!has(index, name)) {
      throw new TemplateException("argument " + name + " is missing");
    }
    return get(index, name);
  }

  String text(int index, String name) {
    return PythonText.str(require(index, name));
  }

  long integer(int index, String name, long fallback) {
    Object value = get(index, name, fallback);
    return Values.integer(value);
  }

  boolean flag(int index, String name, boolean fallback) {
    return Values.truth(get(index, name, fallback));
  }
}
