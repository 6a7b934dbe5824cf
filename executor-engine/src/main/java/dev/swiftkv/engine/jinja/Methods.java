package dev.swiftkv.engine.jinja;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** The methods of texts, mappings and lists; none changes its object. */
final class Methods {
  private static final Set<String> OF_MAPS = Set.of("items", "keys", "values", "get", "copy");
  private static final Set<String> OF_LISTS = Set.of("index", "count", "copy");

  private Methods() {}

  /** A method, or null if the value has none of that name. */
  static Callable find(Object target, String name) {
    if (target instanceof String text && TextMethods.has(name)) {
      return arguments -> TextMethods.call(text, name, arguments);
    }
    if (target instanceof Map<?, ?> map && OF_MAPS.contains(name)) {
      return arguments -> onMap(map, name, arguments);
    }
    if (target instanceof List<?> list && OF_LISTS.contains(name)) {
      return arguments -> onList(list, name, arguments);
    }
    return null;
  }

  private static Object onMap(Map<?, ?> map, String name, Arguments arguments) {
    return switch (name) {
      case "items" -> Filters.entries(map);
      case "keys" -> List.copyOf(map.keySet());
      case "values" -> Values.items(map.values());
      case "copy" -> map;
      default -> {
        Object key = arguments.require(0, "key");
        yield map.containsKey(key) ? map.get(key) : arguments.get(1, "default");
      }
    };
  }

  private static Object onList(List<?> list, String name, Arguments arguments) {
    if (name.equals("copy")) {
      return list;
    }
    Object sought = arguments.require(0, "value");
    long count = list.stream().filter(item -> Values.equal(item, sought)).count();
    if (name.equals("count")) {
      return count;
    }
    for (int i = 0; i < list.size(); i++) {
      if (Values.equal(list.get(i), sought)) {
        return (long) i;
      }
    }
    throw new TemplateException(PythonText.repr(sought) + " is not in the list");
  }
}
