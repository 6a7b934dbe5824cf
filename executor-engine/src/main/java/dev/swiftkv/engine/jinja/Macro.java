package dev.swiftkv.engine.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A named piece of a template with parameters.
 *
 * @param defaults by parameter; parameters without one are undefined if not given
 */
record Macro(
    String name, List<String> parameters, Map<String, Expression> defaults, List<Statement> body) {

  /** The macro as a value that sees the names of a scope. */
  Callable in(Scope definition) {
    return arguments -> call(arguments, definition);
  }

  private Object call(Arguments arguments, Scope definition) {
    Scope scope = new Scope(definition);
    Map<String, Object> unknown = new LinkedHashMap<>(arguments.named());
    scope.set(
        "caller", unknown.containsKey("caller") ? unknown.remove("caller") : missing("caller"));
    for (int i = 0; i < parameters.size(); i++) {
      String parameter = parameters.get(i);
      unknown.remove(parameter);
      if (arguments.has(i, parameter)) {
        scope.set(parameter, arguments.get(i, parameter));
      } else {
        Expression fallback = defaults.get(parameter);
        scope.set(parameter, fallback == null ? missing(parameter) : fallback.evaluate(scope));
      }
    }
    List<Object> given = arguments.positional();
    List<Object> rest =
        given.size() > parameters.size()
            ? given.subList(parameters.size(), given.size())
            : List.of();
    scope.set("varargs", new ArrayList<>(rest));
    scope.set("kwargs", unknown);
    return Statement.textOf(body, scope);
  }

  private static Undefined missing(String parameter) {
    return new Undefined("parameter '" + parameter + "'");
  }
}
