package dev.swiftkv.spark.batch;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;

/** Creates the engine provider that the plan names. */
public final class Providers {
  private Providers() {}

  /**
   * The provider of a class name.
   *
   * @throws EngineException of category INVALID_OPTION if there is no such provider
   */
  public static EngineProvider create(String className) {
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
}
