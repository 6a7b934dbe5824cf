package dev.swiftkv.engine.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What {@code value.name}, {@code value[index]} and {@code value[from:to:step]} mean. */
final class Members {
  private Members() {}

  /** Methods before items, as Python finds attributes. */
  static Object attribute(Object target, String name) {
    if (target instanceof Undefined undefined) {
      throw undefined.failure();
    }
    if (target instanceof Namespace namespace) {
      return namespace.fields().getOrDefault(name, missing(name));
    }
    if (target instanceof Loop loop) {
      return loop.attribute(name);
    }
    if (target instanceof RecursiveLoop recursive) {
      return recursive.loop().attribute(name);
    }
    Callable method = Methods.find(target, name);
    if (method != null) {
      return method;
    }
    return target instanceof Map<?, ?> map && map.containsKey(name) ? map.get(name) : missing(name);
  }

  /** Items before methods. */
  static Object item(Object target, Object key) {
    if (target instanceof Undefined undefined) {
      throw undefined.failure();
    }
    if (target instanceof Map<?, ?> map && map.containsKey(key)) {
      return map.get(key);
    }
    boolean sequence = target instanceof List<?> || target instanceof String;
    if (sequence && (key instanceof Long || key instanceof Boolean)) {
      List<Object> items = Values.items(target);
      long index = Values.integer(key);
      long fromStart = index < 0 ? index + items.size() : index;
      return fromStart >= 0 && fromStart < items.size()
          ? items.get((int) fromStart)
          : missing(key.toString());
    }
    return key instanceof String name ? attribute(target, name) : missing(PythonText.str(key));
  }

  /** Python's slices of a list or text; null bounds are the ends. */
  static Object slice(Object target, Object from, Object to, Object step) {
    if (target instanceof Undefined undefined) {
      throw undefined.failure();
    }
    List<Object> items = Values.items(target);
    long stride = step == null ? 1 : Values.integer(step);
    if (stride == 0) {
      throw new TemplateException("a slice must not have step 0");
    }
    int size = items.size();
    long first = stride > 0 ? 0 : size - 1L;
    long last = stride > 0 ? size : -1L;
    long start = from == null ? first : bound(Values.integer(from), size, stride);
    long end = to == null ? last : bound(Values.integer(to), size, stride);
    List<Object> result = new ArrayList<>();
    for (long i = start; stride > 0 ? i < end : i > end; i += stride) {
      result.add(items.get((int) i));
    }
    if (target instanceof String) {
      StringBuilder text = new StringBuilder();
      result.forEach(text::append);
      return text.toString();
    }
    return result;
  }

  private static long bound(long index, int size, long stride) {
    long fromStart = index < 0 ? index + size : index;
    return stride > 0
        ? Math.min(Math.max(fromStart, 0), size)
        : Math.min(Math.max(fromStart, -1), size - 1L);
  }

  private static Undefined missing(String name) {
    return new Undefined("'" + name + "'");
  }
}
