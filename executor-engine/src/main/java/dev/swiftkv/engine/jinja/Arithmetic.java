package dev.swiftkv.engine.jinja;

import java.util.ArrayList;
import java.util.List;

/** Python's operators on numbers, texts and lists. */
final class Arithmetic {
  /** A template must not be able to fill the memory. */
  private static final long MAX_REPEATED = 1 << 24;

  private Arithmetic() {}

  /**
   * Applies an operator.
   *
   * @param operator one of {@code + - * / // % **}
   */
  static Object apply(String operator, Object left, Object right) {
    if (left instanceof Undefined undefined) {
      throw undefined.failure();
    }
    if (right instanceof Undefined undefined) {
      throw undefined.failure();
    }
    if (Values.isNumber(left) && Values.isNumber(right)) {
      boolean whole = !(left instanceof Double) && !(right instanceof Double);
      return whole && !operator.equals("/")
          ? onIntegers(operator, Values.integer(left), Values.integer(right))
          : onDoubles(operator, Values.number(left), Values.number(right));
    }
    if (operator.equals("+") && left instanceof String first && right instanceof String second) {
      return first + second;
    }
    if (operator.equals("+") && left instanceof List<?> first && right instanceof List<?> second) {
      List<Object> result = new ArrayList<>(first);
      result.addAll(second);
      return result;
    }
    if (operator.equals("*") && left instanceof String text && right instanceof Long count) {
      return repeat(text, count);
    }
    if (operator.equals("%") && left instanceof String format) {
      return TextFormat.percent(format, right instanceof List<?> list ? list : listOf(right));
    }
    throw new TemplateException(
        "%s %s %s has no meaning"
            .formatted(Values.typeName(left), operator, Values.typeName(right)));
  }

  static Object negate(Object value) {
    return apply("-", 0L, value);
  }

  private static Object onIntegers(String operator, long left, long right) {
    try {
      return switch (operator) {
        case "+" -> Math.addExact(left, right);
        case "-" -> Math.subtractExact(left, right);
        case "*" -> Math.multiplyExact(left, right);
        case "//" -> Math.floorDiv(left, right);
        case "%" -> Math.floorMod(left, right);
        default -> power(left, right);
      };
    } catch (ArithmeticException e) {
      throw new TemplateException("%d %s %d: %s".formatted(left, operator, right, e.getMessage()));
    }
  }

  private static Object power(long base, long exponent) {
    double result = Math.pow(base, exponent);
    return exponent >= 0 && Math.abs(result) < 1L << 53 ? (Object) (long) result : (Object) result;
  }

  private static Object onDoubles(String operator, double left, double right) {
    if (right == 0 && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
      throw new TemplateException("division by zero");
    }
    return switch (operator) {
      case "+" -> left + right;
      case "-" -> left - right;
      case "*" -> left * right;
      case "/" -> left / right;
      case "//" -> Math.floor(left / right);
      case "%" -> left - right * Math.floor(left / right);
      default -> Math.pow(left, right);
    };
  }

  private static String repeat(String text, long count) {
    if (count > 0 && text.length() * count > MAX_REPEATED) {
      throw new TemplateException(
          "a text repeated %d times is longer than %d".formatted(count, MAX_REPEATED));
    }
    return count <= 0 ? "" : text.repeat(Math.toIntExact(count));
  }

  private static List<Object> listOf(Object value) {
    List<Object> result = new ArrayList<>();
    result.add(value);
    return result;
  }
}
