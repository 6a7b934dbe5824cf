package dev.swiftkv.spark.functions;

import dev.swiftkv.engine.EngineStats;
import dev.swiftkv.engine.EngineUsage;
import dev.swiftkv.engine.LoadedEngine;
import dev.swiftkv.engine.ModelSummary;
import java.io.Serializable;

/**
 * An engine as its executor saw it at one moment.
 *
 * @param executor Spark's name of the executor, {@code driver} in a local session
 * @param configuration what tells the engines of an executor apart
 * @param path directory of the checkpoint
 * @param device as configured, such as {@code auto}
 * @param modelOrNull what is loaded; null while it loads
 * @param statsOrNull the engine's counters; null while it loads
 * @param usage what its tasks asked since it opened
 * @param nanoTime when, by the executor's own clock
 */
public record EngineReport(
    String executor,
    String configuration,
    String path,
    String device,
    ModelSummary modelOrNull,
    EngineStats statsOrNull,
    EngineUsage usage,
    long nanoTime)
    implements Serializable {

  /**
   * An engine as it is now.
   *
   * @param now of {@link System#nanoTime}
   */
  public static EngineReport of(String executor, LoadedEngine engine, long now) {
    return new EngineReport(
        executor,
        engine.config().toString(),
        engine.config().model().toString(),
        engine.config().device(),
        engine.modelOrNull(),
        engine.statsOrNull(),
        engine.usage(),
        now);
  }
}
