package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.functions.AiFunction;
import dev.swiftkv.spark.functions.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedArgumentExpression;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.StringType;

/** The arguments of one call by name, positional and named ones alike. */
final class Arguments {
  private final AiFunction function;
  private final Map<String, Expression> values;

  private Arguments(AiFunction function, Map<String, Expression> values) {
    this.function = function;
    this.values = values;
  }

  static Arguments bind(AiFunction function, List<Expression> arguments) {
    Map<String, Expression> values = new LinkedHashMap<>();
    boolean named = false;
    for (int i = 0; i < arguments.size(); i++) {
      Expression argument = arguments.get(i);
      if (argument instanceof NamedArgumentExpression pair) {
        named = true;
        put(function, values, parameter(function, pair.key()), pair.value());
      } else if (named) {
        throw error(
            function,
            CallCondition.MISPLACED_ARGUMENT,
            "has a positional argument behind a named one");
      } else if (i >= function.parameters().size()) {
        throw error(
            function,
            CallCondition.TOO_MANY_ARGUMENTS,
            "takes %s, got %d".formatted(counts(function), arguments.size()));
      } else {
        put(function, values, function.parameters().get(i), argument);
      }
    }
    for (Parameter parameter : function.parameters()) {
      if (parameter.required() && !values.containsKey(parameter.name())) {
        throw error(
            function, CallCondition.MISSING_ARGUMENT, "needs the argument " + parameter.name());
      }
    }
    return new Arguments(function, values);
  }

  private static void put(
      AiFunction function, Map<String, Expression> values, Parameter parameter, Expression value) {
    if (!parameter.required() && value instanceof Literal literal && literal.value() == null) {
      return; // as left out, so that those behind it can be given by position
    }
    if (values.put(parameter.name(), value) != null) {
      throw error(
          function,
          CallCondition.REPEATED_ARGUMENT,
          "got the argument %s twice".formatted(parameter.name()));
    }
  }

  private static Parameter parameter(AiFunction function, String name) {
    for (Parameter parameter : function.parameters()) {
      if (parameter.name().equalsIgnoreCase(name)) {
        return parameter;
      }
    }
    String known =
        function.parameters().stream().map(Parameter::name).collect(Collectors.joining(", "));
    throw error(
        function,
        CallCondition.UNKNOWN_ARGUMENT,
        "has no argument %s (arguments: %s)".formatted(name, known));
  }

  private static String counts(AiFunction function) {
    int required = function.requiredCount();
    int all = function.parameters().size();
    String range = required == all ? Integer.toString(all) : required + " to " + all;
    return range + (all == 1 ? " argument" : " arguments");
  }

  private static RuntimeException error(
      AiFunction function, CallCondition condition, String problem) {
    return CallException.of(
        condition,
        "Function %s %s. Usage: %s.".formatted(function.name(), problem, function.signature()));
  }

  AiFunction function() {
    return function;
  }

  /** An argument that is evaluated for every row. */
  Expression column(String name) {
    return values.get(name);
  }

  /** A string that is the same for every row; empty where it is not given. */
  String constantText(String name) {
    Object value = constant(name, StringType.class, "a string");
    return value == null ? "" : value.toString();
  }

  /** Null where it is not given. */
  Boolean constantBoolean(String name) {
    return (Boolean) constant(name, BooleanType.class, "true or false");
  }

  /** Distinct, non-empty texts that are the same for every row. */
  List<String> constantTexts(String name) {
    Expression value = values.get(name);
    checkConstant(name, value);
    if (!(value.dataType() instanceof ArrayType array)
        || !(array.elementType() instanceof StringType)) {
      throw error(
          function,
          CallCondition.WRONG_TYPE,
          "wants an array of strings as %s, got %s"
              .formatted(name, value.dataType().catalogString()));
    }
    ArrayData elements = (ArrayData) value.eval(InternalRow.empty());
    List<String> texts = new ArrayList<>();
    for (int i = 0; elements != null && i < elements.numElements(); i++) {
      String text = elements.isNullAt(i) ? "" : elements.getUTF8String(i).toString();
      if (text.isBlank() || texts.contains(text)) {
        throw error(
            function,
            CallCondition.INVALID_VALUE,
            "wants distinct texts that are not empty as %s, got %s".formatted(name, value.sql()));
      }
      texts.add(text);
    }
    if (texts.isEmpty()) {
      throw error(
          function,
          CallCondition.INVALID_VALUE,
          "wants at least one text as %s, got none".formatted(name));
    }
    return texts;
  }

  /** A whole number of at least 0 that is the same for every row. */
  int constantCount(String name, int otherwise) {
    Object value = constant(name, IntegerType.class, "a whole number (INT)");
    if (value != null && (Integer) value < 0) {
      throw error(
          function,
          CallCondition.INVALID_VALUE,
          "wants at least 0 as %s, got %s".formatted(name, value));
    }
    return value == null ? otherwise : (Integer) value;
  }

  RuntimeException invalid(String name, String problem) {
    return error(
        function,
        CallCondition.INVALID_VALUE,
        "cannot take the argument %s: %s".formatted(name, problem));
  }

  /** Options by name; empty where they are not given. */
  Map<String, String> constantOptions(String name) {
    Expression value = values.get(name);
    if (value == null) {
      return Map.of();
    }
    checkConstant(name, value);
    try {
      return ConstantOptions.of(value.eval(InternalRow.empty()), value.dataType());
    } catch (IllegalArgumentException e) {
      throw invalid(name, e.getMessage());
    }
  }

  private Object constant(String name, Class<?> type, String typeName) {
    Expression value = values.get(name);
    if (value == null) {
      return null;
    }
    checkConstant(name, value);
    if (!type.isInstance(value.dataType())) {
      throw error(
          function,
          CallCondition.WRONG_TYPE,
          "wants %s as %s, got %s".formatted(typeName, name, value.dataType().catalogString()));
    }
    return value.eval(InternalRow.empty());
  }

  private void checkConstant(String name, Expression value) {
    if (!value.foldable()) {
      throw error(
          function,
          CallCondition.NOT_CONSTANT,
          "wants the same %s for every row, got the column expression %s"
              .formatted(name, value.sql()));
    }
  }
}
