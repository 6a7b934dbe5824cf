package dev.swiftkv.spark.plan;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.spark.functions.Answer;
import dev.swiftkv.spark.functions.FunctionTemplate;
import dev.swiftkv.spark.functions.GroupPrompts;
import dev.swiftkv.spark.functions.PromptFrame;
import dev.swiftkv.spark.source.PromptTemplate;
import java.util.Map;

/**
 * Prompts about a group of texts out of templates with {@code {instruction}} and, exactly once,
 * {@code {texts}}: those of the session, of the model, or the function's own.
 */
final class GroupTemplates {
  private GroupTemplates() {}

  /**
   * The prompts of a function about groups.
   *
   * @param templates of the session by name
   * @param model whose directory may have others
   */
  static GroupPrompts of(
      String function, String instruction, Map<String, String> templates, String model) {
    String combining = function + Answer.OfGroup.COMBINING;
    return new GroupPrompts(
        frame(FunctionTemplate.of(function, templates, model), instruction),
        frame(FunctionTemplate.of(combining, templates, model), instruction));
  }

  private static PromptFrame frame(FunctionTemplate template, String instruction) {
    StringBuilder before = new StringBuilder();
    StringBuilder after = new StringBuilder();
    boolean behind = false;
    for (PromptTemplate.Part part : PromptTemplate.parse(template.text()).parts()) {
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
            throw invalid(template, "takes {texts} twice");
          }
          behind = true;
        }
        default ->
            throw invalid(
                template, "takes {%s}; it may take [instruction, texts]".formatted(placeholder));
      }
    }
    if (!behind) {
      throw invalid(template, "takes no {texts}");
    }
    return new PromptFrame(before.toString(), after.toString());
  }

  private static EngineException invalid(FunctionTemplate template, String problem) {
    return new EngineException(
        ErrorCategory.INVALID_OPTION, "The template %s %s".formatted(template.origin(), problem));
  }
}
