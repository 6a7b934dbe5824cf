package dev.swiftkv.spark;

import dev.swiftkv.engine.Engine;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.LoadedEngine;
import dev.swiftkv.engine.SharedAnswers;
import dev.swiftkv.spark.batch.EngineProvider;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Fake engines by settings. The model {@code delay-5} answers after 5 ms, {@code together-16} not
 * before 16 prompts have come, {@code context-60} takes 60 words, {@code absent} fails.
 */
public final class FakeEngines implements EngineProvider {
  private static final ConcurrentMap<EngineSettings, FakeEngine> ENGINES =
      new ConcurrentHashMap<>();

  private static final ConcurrentMap<FakeEngine, SharedAnswers> ANSWERS = new ConcurrentHashMap<>();

  /** Leases that were taken and not given back. */
  public static final AtomicInteger HELD = new AtomicInteger();

  @Override
  public EngineLease acquire(EngineSettings settings) {
    if (settings.model().equals("absent")) {
      throw new EngineException(
          ErrorCategory.MODEL_NOT_FOUND, "No model at absent; set spark.swiftkv.model");
    }
    boolean[] loaded = new boolean[1];
    FakeEngine engine =
        ENGINES.computeIfAbsent(
            settings,
            key -> {
              loaded[0] = true;
              return new FakeEngine(
                  number(key.model(), "delay-", 0),
                  number(key.model(), "together-", 1),
                  number(key.model(), "context-", FakeEngine.LONG_CONTEXT));
            });
    HELD.incrementAndGet();
    return new EngineLease() {
      @Override
      public Engine engine() {
        return engine;
      }

      @Override
      public SharedAnswers answers() {
        return answersOf(engine);
      }

      @Override
      public boolean loadedModel() {
        return loaded[0];
      }

      @Override
      public void close() {
        HELD.decrementAndGet();
      }
    };
  }

  @Override
  public List<LoadedEngine> loaded() {
    return ENGINES.entrySet().stream()
        .map(
            entry ->
                new LoadedEngine(
                    EngineConfig.forModel(Path.of(entry.getKey().model())),
                    entry.getValue().model(),
                    entry.getValue().stats(),
                    answersOf(entry.getValue()).usage()))
        .toList();
  }

  private static SharedAnswers answersOf(FakeEngine engine) {
    return ANSWERS.computeIfAbsent(engine, key -> new SharedAnswers());
  }

  private static int number(String model, String prefix, int otherwise) {
    int start = model.indexOf(prefix);
    if (start < 0) {
      return otherwise;
    }
    String rest = model.substring(start + prefix.length());
    int end = rest.indexOf('-');
    return Integer.parseInt(end < 0 ? rest : rest.substring(0, end));
  }

  /** Engines of this JVM so far. */
  public static Iterable<FakeEngine> all() {
    return ENGINES.values();
  }

  /** The engine of a model; null if no query has asked it. */
  public static FakeEngine byModel(String model) {
    return ENGINES.entrySet().stream()
        .filter(entry -> entry.getKey().model().equals(model))
        .map(java.util.Map.Entry::getValue)
        .findAny()
        .orElse(null);
  }

  /** Forgets all engines. */
  public static void reset() {
    ENGINES.clear();
    ANSWERS.clear();
    HELD.set(0);
  }
}
