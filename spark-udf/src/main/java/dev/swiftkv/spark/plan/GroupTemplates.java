package dev.swiftkv.spark.plan;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.spark.SparkOptions;
import dev.swiftkv.spark.functions.AiFunction;
import dev.swiftkv.spark.functions.Answer;
import dev.swiftkv.spark.functions.GroupPrompts;
import dev.swiftkv.spark.functions.PromptFrame;
import dev.swiftkv.spark.source.PromptTemplate;
import java.util.Map;

/**
 * Prompts about a group of texts out of templates with {@code {instruction}} and, exactly once,
 * {@code {texts}}: those of the session or the function's own.
 */
final class GroupTemplates {
  /** Behind the function's name in the option of the template over answers. */
  static final String COMBINING = ".combine";

  private GroupTemplates() {}

  static GroupPrompts of(AiFunction function, String instruction, Map<String, String> templates) {
    String combining = function.name() + COMBINING;
    return new GroupPrompts(
        frame(
            function.name(),
            templates.getOrDefault(function.name(), function.template()),
            instruction),
        frame(
            combining,
            templates.getOrDefault(
                combining, ((Answer.OfGroup) function.answer()).combiningTemplate()),
            instruction));
  }

  private static PromptFrame frame(String name, String template, String instruction) {
    StringBuilder before = new StringBuilder();
    StringBuilder after = new StringBuilder();
    boolean behind = false;
    for (PromptTemplate.Part part : PromptTemplate.parse(template).parts()) {
      StringBuilder side = behind ? after : before;
      if (part instanceof PromptTemplate.Literal literal) {
        side.append(literal.text());
        continue;
      }
      String placeholder = ((PromptTemplate.Placeholder) part).column();
      switch (placeholder) {
        case "instruction" -> side.append(instruction);
        case "texts" -> {
          if (behind) {
            throw invalid(name, "takes {texts} twice");
          }
          behind = true;
        }
        default ->
            throw invalid(
                name, "takes {%s}; it may take [instruction, texts]".formatted(placeholder));
      }
    }
    if (!behind) {
      throw invalid(name, "takes no {texts}");
    }
    return new PromptFrame(before.toString(), after.toString());
  }

  private static EngineException invalid(String name, String problem) {
    return new EngineException(
        ErrorCategory.INVALID_OPTION,
        "The template %s%s %s".formatted(SparkOptions.TEMPLATE_PREFIX, name, problem));
  }
}
