package dev.swiftkv.spark.batch;

import dev.swiftkv.engine.Engine;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.SharedAnswers;
import dev.swiftkv.engine.runtime.TokenizingEngine;
import dev.swiftkv.spark.EngineSettings;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Engines that read prompts and compute nothing, for estimates. Nothing is loaded, none ends. */
public final class TokenizingEngines implements EngineProvider {
  @Override
  public EngineLease acquire(EngineSettings settings) {
    EngineConfig config = SharedEngines.config(settings);
    Engine engine = Shared.ENGINES.computeIfAbsent(config, TokenizingEngine::open);
    return new Lease(engine, new SharedAnswers());
  }

  /** Answers are shared with nobody, so that every prompt of a sample is counted. */
  private record Lease(Engine engine, SharedAnswers answers) implements EngineLease {
    @Override
    public boolean loadedModel() {
      return false;
    }

    @Override
    public void close() {}
  }

  /** Those of the JVM: a tokenizer each, of a few megabytes. */
  private static final class Shared {
    private static final ConcurrentMap<EngineConfig, Engine> ENGINES = new ConcurrentHashMap<>();
  }
}
