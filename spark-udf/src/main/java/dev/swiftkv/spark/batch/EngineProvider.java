package dev.swiftkv.spark.batch;

import dev.swiftkv.engine.Engine;
import dev.swiftkv.engine.LoadedEngine;
import dev.swiftkv.engine.SharedAnswers;
import dev.swiftkv.spark.EngineSettings;
import java.util.List;
import java.util.Map;
import org.apache.spark.resource.ResourceInformation;

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

  /**
   * The engines that tasks of an executor may be given, one for each of its devices.
   *
   * @param executorResources what Spark assigned to the executor, by the name of the resource
   * @throws dev.swiftkv.engine.EngineException if the model cannot be served as configured
   */
  default List<EngineLease> acquireAll(
      EngineSettings settings, Map<String, ResourceInformation> executorResources) {
    return List.of(acquire(settings));
  }

  /** The engines of this JVM, whoever holds them, for {@code ai_models} and {@code ai_metrics}. */
  default List<LoadedEngine> loaded() {
    return List.of();
  }

  /** One task's hold on an engine. Closing it leaves the engine to the others. */
  interface EngineLease extends AutoCloseable {
    /** The engine. */
    Engine engine();

    /** What the engine's borrowers ask, shared among them. */
    SharedAnswers answers();

    /** Whether this lease is the one that loaded the model. */
    boolean loadedModel();

    @Override
    void close();
  }
}
