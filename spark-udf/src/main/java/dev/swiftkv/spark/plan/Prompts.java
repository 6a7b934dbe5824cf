package dev.swiftkv.spark.plan;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.spark.functions.AiFunction;
import dev.swiftkv.spark.functions.Answer;
import dev.swiftkv.spark.functions.FunctionTemplate;
import dev.swiftkv.spark.source.PromptTemplate;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Concat;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.types.DataTypes;

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

  /** A constant text. */
  static Expression text(String text) {
    return Literal.create(text, DataTypes.StringType);
  }

  private static EngineException invalid(FunctionTemplate source, String problem) {
    return new EngineException(
        ErrorCategory.INVALID_OPTION, "The template %s %s".formatted(source.origin(), problem));
  }
}
