package dev.swiftkv.spark.batch;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.GenerationOptions;
import java.util.Map;

/** Creates the engine provider that the plan names. */
final class Providers {
  private Providers() {}

  static EngineProvider create(String className) {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    ClassLoader loader = context == null ? Providers.class.getClassLoader() : context;
    try {
      return (EngineProvider)
          Class.forName(className, /* initialize */ true, loader)
              .getDeclaredConstructor()
              .newInstance();
    } catch (ReflectiveOperationException | ClassCastException e) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "Option spark.swiftkv.engineProvider must name an EngineProvider with a public"
              + " constructor, got %s".formatted(className),
          e);
    }
  }

  static GenerationOptions generationOptions(Map<String, String> parameters) {
    GenerationOptions options = GenerationOptions.defaults();
    String maxTokens = parameters.get("max_tokens");
    return maxTokens == null ? options : options.withMaxTokens(Integer.parseInt(maxTokens));
  }
}
