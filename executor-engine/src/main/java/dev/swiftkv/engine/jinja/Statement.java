package dev.swiftkv.engine.jinja;

import java.util.ArrayList;
import java.util.List;

/** A part of a template that writes text or changes what names mean. */
sealed interface Statement {
  /** What the enclosing loop does next. */
  enum Flow {
    /** The next statement. */
    NEXT,
    /** The next item. */
    CONTINUE,
    /** Nothing more. */
    BREAK
  }

  /** Runs it. */
  Flow run(Scope scope, StringBuilder output);

  /** Runs several until one leaves the loop. */
  static Flow runAll(List<Statement> statements, Scope scope, StringBuilder output) {
    for (Statement statement : statements) {
      Flow flow = statement.run(scope, output);
      if (flow != Flow.NEXT) {
        return flow;
      }
    }
    return Flow.NEXT;
  }

  /** What several statements write. */
  static String textOf(List<Statement> statements, Scope scope) {
    StringBuilder text = new StringBuilder();
    runAll(statements, scope, text);
    return text.toString();
  }

  /** Text as it is. */
  record Text(String text) implements Statement {
    @Override
    public Flow run(Scope scope, StringBuilder output) {
      output.append(text);
      return Flow.NEXT;
    }
  }

  /** An expression whose value is written. */
  record Output(Expression value) implements Statement {
    @Override
    public Flow run(Scope scope, StringBuilder output) {
      output.append(PythonText.str(value.evaluate(scope)));
      return Flow.NEXT;
    }
  }

  /** {@code if}, {@code elif} and {@code else}; the last condition is true for an else. */
  record If(List<Expression> conditions, List<List<Statement>> bodies) implements Statement {
    @Override
    public Flow run(Scope scope, StringBuilder output) {
      for (int i = 0; i < conditions.size(); i++) {
        if (Values.truth(conditions.get(i).evaluate(scope))) {
          return runAll(bodies.get(i), scope, output);
        }
      }
      return Flow.NEXT;
    }
  }

  /**
   * {@code for}.
   *
   * @param filter which items count; null for all
   */
  record For(
      Target target,
      Expression items,
      Expression filter,
      boolean recursive,
      List<Statement> body,
      List<Statement> otherwise)
      implements Statement {
    @Override
    public Flow run(Scope scope, StringBuilder output) {
      loop(items.evaluate(scope), scope, output, 0);
      return Flow.NEXT;
    }

    private void loop(Object source, Scope scope, StringBuilder output, int depth) {
      List<Object> chosen = choose(Values.items(source), scope);
      if (chosen.isEmpty()) {
        runAll(otherwise, scope, output);
      }
      Loop loop = new Loop(chosen, depth);
      for (int i = 0; i < chosen.size(); i++) {
        loop.moveTo(i);
        Scope inner = new Scope(scope);
        inner.set("loop", recursive ? recursion(loop, scope) : loop);
        target.assign(chosen.get(i), inner);
        if (runAll(body, inner, output) == Flow.BREAK) {
          break;
        }
      }
    }

    private List<Object> choose(List<Object> all, Scope scope) {
      if (filter == null) {
        return all;
      }
      List<Object> chosen = new ArrayList<>();
      for (Object item : all) {
        Scope inner = new Scope(scope);
        target.assign(item, inner);
        if (Values.truth(filter.evaluate(inner))) {
          chosen.add(item);
        }
      }
      return chosen;
    }

    /** In a recursive loop {@code loop(items)} runs the body over other items. */
    private RecursiveLoop recursion(Loop loop, Scope scope) {
      return new RecursiveLoop(
          loop,
          arguments -> {
            StringBuilder text = new StringBuilder();
            loop(arguments.require(0, "items"), scope, text, loop.depth() + 1);
            return text.toString();
          });
    }
  }

  /** {@code set name = value}. */
  record Assignment(Target target, Expression value) implements Statement {
    @Override
    public Flow run(Scope scope, StringBuilder output) {
      target.assign(value.evaluate(scope), scope);
      return Flow.NEXT;
    }
  }

  /** A body whose text becomes a value: {@code set name} … {@code endset}. */
  record Capture(Target target, Expression filtered, List<Statement> body) implements Statement {
    /** The name under which the filters find the text. */
    static final String TEXT = " text";

    @Override
    public Flow run(Scope scope, StringBuilder output) {
      Scope inner = new Scope(scope);
      inner.set(TEXT, textOf(body, new Scope(scope)));
      target.assign(filtered.evaluate(inner), scope);
      return Flow.NEXT;
    }
  }

  /** {@code filter name} … {@code endfilter}. */
  record Filtered(Expression filtered, List<Statement> body) implements Statement {
    @Override
    public Flow run(Scope scope, StringBuilder output) {
      Scope inner = new Scope(scope);
      inner.set(Capture.TEXT, textOf(body, new Scope(scope)));
      output.append(PythonText.str(filtered.evaluate(inner)));
      return Flow.NEXT;
    }
  }

  /** Statements with names of their own: {@code with}, {@code generation}. */
  record Block(List<Assignment> assignments, List<Statement> body) implements Statement {
    @Override
    public Flow run(Scope scope, StringBuilder output) {
      Scope inner = new Scope(scope);
      for (Assignment assignment : assignments) {
        assignment.target().assign(assignment.value().evaluate(scope), inner);
      }
      return runAll(body, inner, output);
    }
  }

  /** {@code macro}. */
  record MacroDefinition(String name, Macro macro) implements Statement {
    @Override
    public Flow run(Scope scope, StringBuilder output) {
      scope.set(name, macro.in(scope));
      return Flow.NEXT;
    }
  }

  /** {@code call(parameters) macro(…)} … {@code endcall}. */
  record CallBlock(Expression.Call call, Macro caller) implements Statement {
    @Override
    public Flow run(Scope scope, StringBuilder output) {
      Object function = call.function().evaluate(scope);
      if (!(function instanceof Callable callable)) {
        throw TemplateException.at(call.line(), Values.typeName(function) + " cannot be called");
      }
      Arguments arguments = call.arguments().evaluate(scope);
      arguments.named().put("caller", caller.in(scope));
      output.append(PythonText.str(callable.call(arguments)));
      return Flow.NEXT;
    }
  }

  /** An expression evaluated for its effect: {@code do}. */
  record Evaluation(Expression value) implements Statement {
    @Override
    public Flow run(Scope scope, StringBuilder output) {
      value.evaluate(scope);
      return Flow.NEXT;
    }
  }

  /** {@code break} and {@code continue}. */
  record Jump(Flow flow) implements Statement {
    @Override
    public Flow run(Scope scope, StringBuilder output) {
      return flow;
    }
  }
}
