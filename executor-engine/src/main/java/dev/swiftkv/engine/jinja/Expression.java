package dev.swiftkv.engine.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A part of a template that has a value. */
sealed interface Expression {
  /** Its value where the names mean what the scope says. */
  Object evaluate(Scope scope);

  /** A constant. */
  record Literal(Object value) implements Expression {
    @Override
    public Object evaluate(Scope scope) {
      return value;
    }
  }

  /** A variable. */
  record Name(String name) implements Expression {
    @Override
    public Object evaluate(Scope scope) {
      return scope.get(name);
    }
  }

  /** A list or tuple. */
  record Items(List<Expression> items) implements Expression {
    @Override
    public Object evaluate(Scope scope) {
      List<Object> result = new ArrayList<>(items.size());
      for (Expression item : items) {
        result.add(item.evaluate(scope));
      }
      return result;
    }
  }

  /** A mapping. */
  record Mapping(List<Expression> keys, List<Expression> values) implements Expression {
    @Override
    public Object evaluate(Scope scope) {
      Map<Object, Object> result = new LinkedHashMap<>();
      for (int i = 0; i < keys.size(); i++) {
        result.put(keys.get(i).evaluate(scope), values.get(i).evaluate(scope));
      }
      return result;
    }
  }

  /** {@code target.name}. */
  record Attribute(Expression target, String name) implements Expression {
    @Override
    public Object evaluate(Scope scope) {
      return Members.attribute(target.evaluate(scope), name);
    }
  }

  /** {@code target[key]}. */
  record Item(Expression target, Expression key) implements Expression {
    @Override
    public Object evaluate(Scope scope) {
      return Members.item(target.evaluate(scope), key.evaluate(scope));
    }
  }

  /** {@code target[from:to:step]}, each bound null where it is not written. */
  record Slice(Expression target, Expression from, Expression to, Expression step)
      implements Expression {
    @Override
    public Object evaluate(Scope scope) {
      return Members.slice(
          target.evaluate(scope), valueOf(from, scope), valueOf(to, scope), valueOf(step, scope));
    }

    private static Object valueOf(Expression bound, Scope scope) {
      return bound == null ? null : bound.evaluate(scope);
    }
  }

  /** What stands in the brackets of a call. */
  record ArgumentList(List<Expression> positional, Map<String, Expression> named) {
    static final ArgumentList NONE = new ArgumentList(List.of(), Map.of());

    Arguments evaluate(Scope scope) {
      List<Object> values = new ArrayList<>(positional.size());
      for (Expression argument : positional) {
        values.add(argument.evaluate(scope));
      }
      Map<String, Object> byName = new LinkedHashMap<>();
      named.forEach((name, argument) -> byName.put(name, argument.evaluate(scope)));
      return new Arguments(values, byName);
    }
  }

  /** {@code function(arguments)}. */
  record Call(Expression function, ArgumentList arguments, int line) implements Expression {
    @Override
    public Object evaluate(Scope scope) {
      Object value = function.evaluate(scope);
      if (value instanceof Callable callable) {
        return callable.call(arguments.evaluate(scope));
      }
      throw TemplateException.at(line, Values.typeName(value) + " cannot be called");
    }
  }

  /** {@code value | filter(arguments)}. */
  record Filter(Expression value, Filters.Filter filter, ArgumentList arguments)
      implements Expression {
    @Override
    public Object evaluate(Scope scope) {
      return filter.apply(value.evaluate(scope), arguments.evaluate(scope));
    }
  }

  /** {@code value is test(arguments)}. */
  record Test(Expression value, Tests.Test test, ArgumentList arguments) implements Expression {
    @Override
    public Object evaluate(Scope scope) {
      return test.holds(value.evaluate(scope), arguments.evaluate(scope));
    }
  }

  /** {@code not value}. */
  record Not(Expression value) implements Expression {
    @Override
    public Object evaluate(Scope scope) {
      return !Values.truth(value.evaluate(scope));
    }
  }

  /** {@code -value}. */
  record Negative(Expression value) implements Expression {
    @Override
    public Object evaluate(Scope scope) {
      return Arithmetic.negate(value.evaluate(scope));
    }
  }

  /** {@code left and right}: the value that decides. */
  record And(Expression left, Expression right) implements Expression {
    @Override
    public Object evaluate(Scope scope) {
      Object value = left.evaluate(scope);
      return Values.truth(value) ? right.evaluate(scope) : value;
    }
  }

  /** {@code left or right}: the value that decides. */
  record Or(Expression left, Expression right) implements Expression {
    @Override
    public Object evaluate(Scope scope) {
      Object value = left.evaluate(scope);
      return Values.truth(value) ? value : right.evaluate(scope);
    }
  }

  /** An operator of arithmetic. */
  record Binary(String operator, Expression left, Expression right) implements Expression {
    @Override
    public Object evaluate(Scope scope) {
      return Arithmetic.apply(operator, left.evaluate(scope), right.evaluate(scope));
    }
  }

  /** {@code left ~ right}: both as text. */
  record Concatenation(Expression left, Expression right) implements Expression {
    @Override
    public Object evaluate(Scope scope) {
      return PythonText.str(left.evaluate(scope)) + PythonText.str(right.evaluate(scope));
    }
  }

  /** {@code first < second <= third}: holds if every neighbouring pair does. */
  record Comparison(Expression first, List<String> operators, List<Expression> others)
      implements Expression {
    @Override
    public Object evaluate(Scope scope) {
      Object left = first.evaluate(scope);
      for (int i = 0; i < operators.size(); i++) {
        Object right = others.get(i).evaluate(scope);
        if (!holds(operators.get(i), left, right)) {
          return false;
        }
        left = right;
      }
      return true;
    }

    private static boolean holds(String operator, Object left, Object right) {
      return switch (operator) {
        case "==" -> Values.equal(left, right);
        case "!=" -> !Values.equal(left, right);
        case "<" -> Values.compare(left, right) < 0;
        case "<=" -> Values.compare(left, right) <= 0;
        case ">" -> Values.compare(left, right) > 0;
        case ">=" -> Values.compare(left, right) >= 0;
        case "in" -> Values.contains(right, left);
        default -> !Values.contains(right, left);
      };
    }
  }

  /** {@code then if condition else otherwise}. */
  record Conditional(Expression condition, Expression then, Expression otherwise)
      implements Expression {
    @Override
    public Object evaluate(Scope scope) {
      return Values.truth(condition.evaluate(scope))
          ? then.evaluate(scope)
          : otherwise.evaluate(scope);
    }
  }
}
