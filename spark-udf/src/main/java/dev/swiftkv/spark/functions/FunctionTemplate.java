package dev.swiftkv.spark.functions;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.options.BuiltInModels;
import dev.swiftkv.spark.SparkOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * The template that makes a function's prompts: the session's, or the one in the model's directory,
 * or the function's own.
 *
 * @param text with {@code {parameter}} where an argument belongs
 * @param origin where it was found, for messages
 */
public record FunctionTemplate(String text, String origin) {
  /** In a model's directory: an object with templates by the names of functions. */
  public static final String FILE = "function_templates.json";

  /**
   * The template for a function.
   *
   * @param name of the template: the function's, or what {@link FunctionList#templates} has
   * @param session templates of the session by name
   * @param model name or path; a directory that this machine cannot read has no templates
   * @throws EngineException INVALID_OPTION or INVALID_CHECKPOINT for templates of functions that
   *     have none, or a file that cannot be read
   */
  public static FunctionTemplate of(String name, Map<String, String> session, String model) {
    session.keySet().forEach(FunctionTemplate::checkName);
    if (session.containsKey(name)) {
      return new FunctionTemplate(session.get(name), SparkOptions.TEMPLATE_PREFIX + name);
    }
    Path file = file(model);
    if (file != null && Files.exists(file)) {
      JsonNode text = read(file).path(name);
      if (text.isTextual()) {
        return new FunctionTemplate(text.asText(), name + " of " + file);
      }
    }
    return new FunctionTemplate(FunctionList.templates().get(name), name);
  }

  private static void checkName(String name) {
    if (!FunctionList.templates().containsKey(name)) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "The template %s%s is for no function that has one; these have: %s."
              .formatted(
                  SparkOptions.TEMPLATE_PREFIX,
                  name,
                  String.join(", ", FunctionList.templates().keySet())));
    }
  }

  /** Null for a built-in model that is not on this machine; the executors may have it. */
  private static Path file(String model) {
    try {
      return BuiltInModels.resolve(model).resolve(FILE);
    } catch (EngineException e) {
      return null;
    }
  }

  private static JsonNode read(Path file) {
    try {
      return new ObjectMapper().readTree(file.toFile());
    } catch (IOException e) {
      String problem =
          e instanceof JsonProcessingException json ? json.getOriginalMessage() : e.getMessage();
      throw new EngineException(
          ErrorCategory.INVALID_CHECKPOINT,
          "The templates in %s cannot be read: %s".formatted(file, problem),
          e);
    }
  }
}
