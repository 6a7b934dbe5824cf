package dev.swiftkv.engine.jinja;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What every value can do. */
final class Values {
  private Values() {}

  /** A Java value as one of ours: whole numbers become Long, others Double, all the way down. */
  static Object fromJava(Object value) {
    if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
      return ((Number) value).longValue();
    }
    if (value instanceof Float number) {
      return number.doubleValue();
    }
    if (value instanceof Map<?, ?> map) {
      Map<Object, Object> result = new LinkedHashMap<>();
      map.forEach((key, item) -> result.put(key, fromJava(item)));
      return result;
    }
    if (value instanceof Collection<?> collection) {
      List<Object> result = new ArrayList<>();
      collection.forEach(item -> result.add(fromJava(item)));
      return result;
    }
    return value;
  }

  static boolean truth(Object value) {
    if (value == null || value instanceof Undefined) {
      return false;
    }
    if (value instanceof Boolean flag) {
      return flag;
    }
    if (value instanceof Number number) {
      return number.doubleValue() != 0;
    }
    return !hasLength(value) || length(value) > 0;
  }

  static boolean hasLength(Object value) {
    return value instanceof String
        || value instanceof Collection<?>
        || value instanceof Map<?, ?>
        || value instanceof Undefined;
  }

  static long length(Object value) {
    if (value instanceof String text) {
      return text.codePointCount(0, text.length());
    }
    if (value instanceof Collection<?> collection) {
      return collection.size();
    }
    if (value instanceof Map<?, ?> map) {
      return map.size();
    }
    if (value instanceof Undefined) {
      return 0;
    }
    throw new TemplateException(typeName(value) + " has no length");
  }

  /** The items of a list, keys of a mapping, characters of a text. */
  static List<Object> items(Object value) {
    if (value instanceof Collection<?> collection) {
      return new ArrayList<>(collection);
    }
    if (value instanceof Map<?, ?> map) {
      return new ArrayList<>(map.keySet());
    }
    if (value instanceof String text) {
      return new ArrayList<>(text.codePoints().mapToObj(Character::toString).toList());
    }
    if (value instanceof Undefined) {
      return new ArrayList<>();
    }
    throw new TemplateException(typeName(value) + " cannot be looped over");
  }

  /** Numbers by value, true as 1; everything else as Java compares. */
  static boolean equal(Object first, Object second) {
    if (isNumber(first) && isNumber(second)) {
      return number(first) == number(second);
    }
    if (first instanceof List<?> left && second instanceof List<?> right) {
      boolean same = left.size() == right.size();
      for (int i = 0; same && i < left.size(); i++) {
        same = equal(left.get(i), right.get(i));
      }
      return same;
    }
    return Objects.equals(first, second);
  }

  static int compare(Object first, Object second) {
    if (isNumber(first) && isNumber(second)) {
      return Double.compare(number(first), number(second));
    }
    if (first instanceof String left && second instanceof String right) {
      return left.compareTo(right);
    }
    if (first instanceof List<?> left && second instanceof List<?> right) {
      for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
        int order = compare(left.get(i), right.get(i));
        if (order != 0) {
          return order;
        }
      }
      return Integer.compare(left.size(), right.size());
    }
    throw new TemplateException(
        "%s and %s cannot be ordered".formatted(typeName(first), typeName(second)));
  }

  static boolean contains(Object container, Object value) {
    if (container instanceof String text) {
      if (value instanceof String part) {
        return text.contains(part);
      }
      throw new TemplateException("a text cannot contain " + typeName(value));
    }
    if (container instanceof Map<?, ?> map) {
      return map.containsKey(value);
    }
    return items(container).stream().anyMatch(item -> equal(item, value));
  }

  static boolean isNumber(Object value) {
    return value instanceof Long || value instanceof Double || value instanceof Boolean;
  }

  static double number(Object value) {
    if (value instanceof Number number) {
      return number.doubleValue();
    }
    if (value instanceof Boolean flag) {
      return flag ? 1 : 0;
    }
    throw new TemplateException(typeName(value) + " is no number");
  }

  static long integer(Object value) {
    if (value instanceof Long number) {
      return number;
    }
    if (value instanceof Boolean flag) {
      return flag ? 1 : 0;
    }
    throw new TemplateException(typeName(value) + " is no whole number");
  }

  static String typeName(Object value) {
    if (value instanceof Undefined undefined) {
      return undefined.description();
    }
    return value == null ? "none" : "a " + value.getClass().getSimpleName();
  }
}
