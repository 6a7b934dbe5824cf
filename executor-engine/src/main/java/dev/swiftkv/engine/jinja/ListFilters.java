package dev.swiftkv.engine.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Filters over lists. */
final class ListFilters {
  private ListFilters() {}

  static Object at(Object value, int index) {
    List<Object> items = Values.items(value);
    return index >= 0 && index < items.size()
        ? items.get(index)
        : new Undefined("an empty list's item");
  }

  static Object reverse(Object value) {
    if (value instanceof String text) {
      return new StringBuilder(text).reverse().toString();
    }
    List<Object> items = Values.items(value);
    Collections.reverse(items);
    return items;
  }

  static Object join(Object value, Arguments arguments) {
    Function<Object, Object> key = keyOf(arguments.get(1, "attribute"));
    return Values.items(value).stream()
        .map(item -> PythonText.str(key.apply(item)))
        .collect(Collectors.joining(PythonText.str(arguments.get(0, "d", ""))));
  }

  static Object sort(Object value, Arguments arguments) {
    List<Object> items = Values.items(value);
    boolean exact = arguments.flag(1, "case_sensitive", false);
    Function<Object, Object> key = keyOf(arguments.get(2, "attribute"));
    Comparator<Object> order = (left, right) -> compare(key.apply(left), key.apply(right), exact);
    items.sort(arguments.flag(0, "reverse", false) ? order.reversed() : order);
    return items;
  }

  static Object unique(Object value, Arguments arguments) {
    boolean exact = arguments.flag(0, "case_sensitive", false);
    Function<Object, Object> key = keyOf(arguments.get(1, "attribute"));
    List<Object> result = new ArrayList<>();
    List<Object> seen = new ArrayList<>();
    for (Object item : Values.items(value)) {
      Object mark = exact ? key.apply(item) : folded(key.apply(item));
      if (seen.stream().noneMatch(other -> Values.equal(other, mark))) {
        seen.add(mark);
        result.add(item);
      }
    }
    return result;
  }

  static Object sum(Object value, Arguments arguments) {
    Function<Object, Object> key = keyOf(arguments.get(0, "attribute"));
    Object total = arguments.get(1, "start", 0L);
    for (Object item : Values.items(value)) {
      total = Arithmetic.apply("+", total, key.apply(item));
    }
    return total;
  }

  /** The smallest item with sign -1, the largest with 1. */
  static Object extreme(Object value, Arguments arguments, int sign) {
    boolean exact = arguments.flag(0, "case_sensitive", false);
    Function<Object, Object> key = keyOf(arguments.get(1, "attribute"));
    Comparator<Object> order =
        (left, right) -> sign * compare(key.apply(left), key.apply(right), exact);
    return Values.items(value).stream()
        .max(order)
        .orElseGet(() -> new Undefined("an empty list's item"));
  }

  static Object map(Object value, Arguments arguments) {
    Object attribute = arguments.named().get("attribute");
    Object fallback = arguments.named().get("default");
    List<Object> result = new ArrayList<>();
    for (Object item : Values.items(value)) {
      if (attribute == null) {
        result.add(filtered(item, arguments));
      } else {
        Object found = keyOf(attribute).apply(item);
        result.add(found instanceof Undefined && fallback != null ? fallback : found);
      }
    }
    return result;
  }

  static Object select(Object value, Arguments arguments, boolean keep) {
    Predicate<Object> test = testOf(arguments.positional());
    return chosen(value, item -> test.test(item) == keep);
  }

  static Object selectByAttribute(Object value, Arguments arguments, boolean keep) {
    List<Object> given = arguments.positional();
    Function<Object, Object> key = keyOf(arguments.require(0, "attribute"));
    Predicate<Object> test = testOf(given.subList(1, given.size()));
    return chosen(value, item -> test.test(key.apply(item)) == keep);
  }

  static Object sortEntries(Object value, Arguments arguments) {
    boolean exact = arguments.flag(0, "case_sensitive", false);
    int part = PythonText.str(arguments.get(1, "by", "key")).equals("value") ? 1 : 0;
    List<Object> entries = Filters.entries(value);
    Comparator<Object> order =
        (left, right) -> compare(((List<?>) left).get(part), ((List<?>) right).get(part), exact);
    entries.sort(arguments.flag(2, "reverse", false) ? order.reversed() : order);
    return entries;
  }

  static Object batch(Object value, Arguments arguments) {
    int size = Math.toIntExact(arguments.integer(0, "linecount", 1));
    List<Object> items = Values.items(value);
    List<Object> result = new ArrayList<>();
    for (int from = 0; from < items.size(); from += Math.max(1, size)) {
      result.add(new ArrayList<>(items.subList(from, Math.min(items.size(), from + size))));
    }
    return result;
  }

  private static List<Object> chosen(Object value, Predicate<Object> test) {
    return new ArrayList<>(Values.items(value).stream().filter(test).toList());
  }

  private static Object filtered(Object item, Arguments arguments) {
    String name = arguments.text(0, "filter");
    Filters.Filter filter = Filters.find(name);
    if (filter == null) {
      throw new TemplateException("there is no filter " + name);
    }
    List<Object> given = arguments.positional();
    return filter.apply(item, new Arguments(given.subList(1, given.size()), arguments.named()));
  }

  private static Predicate<Object> testOf(List<Object> nameAndArguments) {
    if (nameAndArguments.isEmpty()) {
      return Values::truth;
    }
    Tests.Test test = Tests.named(nameAndArguments);
    return item -> test.holds(item, Arguments.NONE);
  }

  /** The part of an item that an attribute such as {@code function.name} or {@code 0} names. */
  private static Function<Object, Object> keyOf(Object attribute) {
    if (attribute == null) {
      return Function.identity();
    }
    if (attribute instanceof Long) {
      return item -> Members.item(item, attribute);
    }
    String[] path = PythonText.str(attribute).split("\\.");
    return item -> {
      Object value = item;
      for (String name : path) {
        boolean index = !name.isEmpty() && name.chars().allMatch(Character::isDigit);
        value = Members.item(value, index ? (Object) Long.valueOf(name) : name);
      }
      return value;
    };
  }

  private static int compare(Object left, Object right, boolean exact) {
    return exact ? Values.compare(left, right) : Values.compare(folded(left), folded(right));
  }

  private static Object folded(Object value) {
    return value instanceof String text ? text.toLowerCase(Locale.ROOT) : value;
  }
}
