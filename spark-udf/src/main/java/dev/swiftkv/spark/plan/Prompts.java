package dev.swiftkv.spark.plan;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.spark.SparkOptions;
import dev.swiftkv.spark.functions.AiFunction;
import dev.swiftkv.spark.functions.Answer;
import dev.swiftkv.spark.functions.FunctionList;
import dev.swiftkv.spark.source.PromptTemplate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

  /** The prompt of a call, by the session's template for its function or the function's own. */
  static Expression of(AiFunction function, AiCall call, Map<String, String> templates) {
    checkNames(templates);
    PromptTemplate template =
        PromptTemplate.parse(templates.getOrDefault(function.name(), function.template()));
    if (!template.hasPlaceholder()) {
      throw invalid(function.name(), "takes no argument");
    }
    List<Expression> arguments = Scala.list(call.children());
    List<Expression> parts = new ArrayList<>();
    for (PromptTemplate.Part part : template.parts()) {
      if (part instanceof PromptTemplate.Placeholder placeholder) {
        int at = call.spec().arguments().indexOf(placeholder.column());
        if (at < 0) {
          throw invalid(
              function.name(),
              "takes {%s}; it may take %s"
                  .formatted(placeholder.column(), call.spec().arguments()));
        }
        parts.add(arguments.get(at));
      } else {
        parts.add(text(((PromptTemplate.Literal) part).text()));
      }
    }
    return parts.size() == 1 ? parts.get(0) : new Concat(Scala.seq(parts));
  }

  /**
   * Whether every template is for a function.
   *
   * @throws EngineException INVALID_OPTION naming one that is not
   */
  static void checkNames(Map<String, String> templates) {
    for (String name : templates.keySet()) {
      if (FunctionList.ALL.stream().noneMatch(function -> isOf(function, name))) {
        throw invalid(name, "is for a function that does not exist");
      }
    }
  }

  private static boolean isOf(AiFunction function, String name) {
    return name.equals(function.name())
        || (function.answer() instanceof Answer.OfGroup
            && name.equals(function.name() + GroupTemplates.COMBINING));
  }

  /** A constant text. */
  static Expression text(String text) {
    return Literal.create(text, DataTypes.StringType);
  }

  private static EngineException invalid(String function, String problem) {
    return new EngineException(
        ErrorCategory.INVALID_OPTION,
        "The template %s%s %s".formatted(SparkOptions.TEMPLATE_PREFIX, function, problem));
  }
}
