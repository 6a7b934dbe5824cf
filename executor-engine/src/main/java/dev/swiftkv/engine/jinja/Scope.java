package dev.swiftkv.engine.jinja;

import java.util.HashMap;
import java.util.Map;

/** Names and their values; names that are not here are looked up outside. */
final class Scope {
  private final Scope outer;
  private final Map<String, Object> variables = new HashMap<>();

  Scope(Scope outer) {
    this.outer = outer;
  }

  Object get(String name) {
    for (Scope scope = this; scope != null; scope = scope.outer) {
      if (scope.variables.containsKey(name)) {
        return scope.variables.get(name);
      }
    }
    return new Undefined("'" + name + "'");
  }

  void set(String name, Object value) {
    variables.put(name, value);
  }
}
