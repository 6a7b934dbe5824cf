package dev.swiftkv.engine;

/** Opens engines. The registry calls it once per configuration. */
@FunctionalInterface
public interface EngineFactory {
  /**
   * Loads the model and starts the engine.
   *
   * @throws EngineException if the model cannot be served as configured
   */
  Engine open(EngineConfig config);
}
