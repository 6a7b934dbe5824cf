package dev.swiftkv.engine.jinja;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * Values as Python's {@code json.dumps} writes them with {@code ensure_ascii=False}: a blank after
 * commas and colons, nothing escaped that need not be.
 */
final class JsonText {
  private static final char FIRST_PLAIN = ' ';

  private final StringBuilder result = new StringBuilder();
  private final long indent;
  private final boolean sortKeys;

  private JsonText(long indent, boolean sortKeys) {
    this.indent = indent;
    this.sortKeys = sortKeys;
  }

  /**
   * JSON of a value.
   *
   * @param indent blanks a level; negative writes everything on one line
   */
  static String of(Object value, long indent, boolean sortKeys) {
    JsonText text = new JsonText(indent, sortKeys);
    text.write(value, 0);
    return text.result.toString();
  }

  private void write(Object value, int depth) {
    if (value == null) {
      result.append("null");
    } else if (value instanceof String text) {
      writeString(text);
    } else if (value instanceof Double number) {
      result.append(PythonText.number(number));
    } else if (value instanceof Map<?, ?> map) {
      writeMap(map, depth);
    } else if (value instanceof Collection<?> collection) {
      writeItems(collection, depth);
    } else if (value instanceof Boolean || value instanceof Long) {
      result.append(value);
    } else if (value instanceof Undefined undefined) {
      throw undefined.failure();
    } else {
      throw new TemplateException(Values.typeName(value) + " has no JSON");
    }
  }

  private void writeItems(Collection<?> items, int depth) {
    result.append('[');
    int written = 0;
    for (Object item : items) {
      separate(written++, depth + 1);
      write(item, depth + 1);
    }
    close(written, depth, ']');
  }

  private void writeMap(Map<?, ?> map, int depth) {
    List<Map.Entry<?, ?>> entries = new ArrayList<>(map.entrySet());
    if (sortKeys) {
      entries.sort(Comparator.comparing(entry -> PythonText.str(entry.getKey())));
    }
    result.append('{');
    int written = 0;
    for (Map.Entry<?, ?> entry : entries) {
      separate(written++, depth + 1);
      Object key = entry.getKey();
      writeString(key instanceof String text ? text : of(key, -1, false));
      result.append(": ");
      write(entry.getValue(), depth + 1);
    }
    close(written, depth, '}');
  }

  private void separate(int written, int depth) {
    if (written > 0) {
      result.append(indent < 0 ? ", " : ",");
    }
    breakLine(depth);
  }

  private void close(int written, int depth, char bracket) {
    if (written > 0) {
      breakLine(depth);
    }
    result.append(bracket);
  }

  private void breakLine(int depth) {
    if (indent >= 0) {
      result.append('\n').append(" ".repeat(Math.toIntExact(indent * depth)));
    }
  }

  private void writeString(String text) {
    result.append('"');
    for (int i = 0; i < text.length(); i++) {
      char character = text.charAt(i);
      switch (character) {
        case '"' -> result.append("\\\"");
        case '\\' -> result.append("\\\\");
        case '\n' -> result.append("\\n");
        case '\r' -> result.append("\\r");
        case '\t' -> result.append("\\t");
        case '\b' -> result.append("\\b");
        case '\f' -> result.append("\\f");
        default -> {
          if (character < FIRST_PLAIN) {
            result.append("\\u%04x".formatted((int) character));
          } else {
            result.append(character);
          }
        }
      }
    }
    result.append('"');
  }
}
