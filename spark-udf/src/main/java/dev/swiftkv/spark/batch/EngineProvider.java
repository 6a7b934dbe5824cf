package dev.swiftkv.spark.batch;

import dev.swiftkv.engine.Engine;
import dev.swiftkv.spark.EngineSettings;

/**
 * Where the tasks of an executor get their engine. Implementations have a public constructor
 * without arguments; equal settings must give every task of the JVM the same engine.
 */
public interface EngineProvider {
  /**
   * The engine for these settings, opened if no task has opened it before.
   *
   * @throws dev.swiftkv.engine.EngineException if the model cannot be served as configured
   */
  EngineLease acquire(EngineSettings settings);

  /** One task's hold on an engine. Closing it leaves the engine to the others. */
  interface EngineLease extends AutoCloseable {
    /** The engine. */
    Engine engine();

    /** Whether this lease is the one that loaded the model. */
    boolean loadedModel();

    @Override
    void close();
  }
}
