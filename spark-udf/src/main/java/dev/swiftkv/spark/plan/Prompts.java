package dev.swiftkv.spark.plan;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.spark.functions.AiFunction;
import dev.swiftkv.spark.functions.Answer;
import dev.swiftkv.spark.functions.FunctionTemplate;
import dev.swiftkv.spark.source.PromptTemplate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.sql.catalyst.expressions.Concat;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * Prompts out of templates. Arguments are joined as values, so a brace inside one is only text; a
 * null argument makes the prompt null.
 */
final class Prompts {
  private Prompts() {}

  /** The prompt of a call; what is scored stands beside it. */
  static Expression of(AiFunction function, AiCall call, FunctionTemplate source) {
    PromptTemplate template = PromptTemplate.parse(source.text());
    if (!template.hasPlaceholder()) {
      throw invalid(source, "takes no argument");
    }
    List<Expression> arguments = Scala.list(call.children());
    List<String> names = call.spec().arguments();
    List<Expression> parts = new ArrayList<>();
    for (PromptTemplate.Part part : template.parts()) {
      if (part instanceof PromptTemplate.Placeholder placeholder) {
        int at = names.indexOf(placeholder.column());
        if (at < 0) {
          throw invalid(
              source, "takes {%s}; it may take %s".formatted(placeholder.column(), names));
        }
        parts.add(arguments.get(at));
      } else {
        parts.add(text(((PromptTemplate.Literal) part).text()));
      }
    }
    Expression prompt = parts.size() == 1 ? parts.get(0) : new Concat(Scala.seq(parts));
    return function.answer() instanceof Answer.Score
        ? new ScoreText(
            Scala.seq(List.of(prompt, arguments.get(names.indexOf(Answer.Score.CONTINUATION)))))
        : prompt;
  }

  /** A prompt on one line, as it would be written in SQL: texts and columns between bars. */
  static String describe(Expression prompt) {
    if (prompt instanceof ScoreText score) {
      return Scala.<Expression>list(score.children()).stream()
          .map(Prompts::describe)
          .collect(Collectors.joining(", "));
    }
    List<Expression> parts =
        prompt instanceof Concat concat ? Scala.list(concat.children()) : List.of(prompt);
    List<String> shown = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    for (Expression part : parts) {
      if (part instanceof Literal literal && literal.value() instanceof UTF8String constant) {
        text.append(constant);
      } else {
        addText(shown, text);
        shown.add(part.toString());
      }
    }
    addText(shown, text);
    return String.join(" || ", shown);
  }

  private static void addText(List<String> shown, StringBuilder text) {
    if (!text.isEmpty()) {
      shown.add("'" + text.toString().replace("\n", "\\n") + "'");
      text.setLength(0);
    }
  }

  /** A constant text. */
  static Expression text(String text) {
    return Literal.create(text, DataTypes.StringType);
  }

  private static EngineException invalid(FunctionTemplate source, String problem) {
    return new EngineException(
        ErrorCategory.INVALID_OPTION, "The template %s %s".formatted(source.origin(), problem));
  }
}
