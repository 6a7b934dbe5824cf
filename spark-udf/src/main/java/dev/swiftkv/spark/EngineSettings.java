package dev.swiftkv.spark;

import java.io.Serializable;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which engine answers a call, as the session says it. Travels to the executors with the plan; only
 * there is the model looked for.
 *
 * @param model name of a built-in model or directory of a checkpoint
 * @param options engine options by name, such as {@code device}
 * @param provider class of the {@link dev.swiftkv.spark.batch.EngineProvider}
 */
public record EngineSettings(String model, SortedMap<String, String> options, String provider)
    implements Serializable {
  /** Copies the options. */
  public EngineSettings {
    options = Collections.unmodifiableSortedMap(new TreeMap<>(options));
  }

  /** Settings from any map of options. */
  public static EngineSettings of(String model, Map<String, String> options, String provider) {
    return new EngineSettings(model, new TreeMap<>(options), provider);
  }
}
