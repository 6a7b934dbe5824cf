package dev.swiftkv.spark.plugin;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import dev.swiftkv.engine.Engine;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.EngineStats;
import dev.swiftkv.spark.EngineSettings;
import dev.swiftkv.spark.SparkOptions;
import dev.swiftkv.spark.batch.EngineProvider;
import dev.swiftkv.spark.batch.Providers;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Holds the engine of the session's model for as long as the executor lives. */
final class ResidentEngineStarter implements ExecutorPlugin {
  private static final Logger LOG = LoggerFactory.getLogger(ResidentEngineStarter.class);

  private EngineProvider.EngineLease lease;

  /** Spark sends the executor no task before this returns. */
  @Override
  public void init(PluginContext context, Map<String, String> settings) {
    EngineSettings engine = SparkOptions.of(settings).engine("");
    try {
      lease = Providers.create(engine.provider()).acquire(engine);
    } catch (EngineException e) {
      // Thrown from here it would end the executor, and Spark would start the next one for ever.
      // The first task meets the same error and tells the user.
      LOG.error("The model {} could not be loaded: {}", engine.model(), e.getMessage());
      return;
    }
    register(context.metricRegistry(), lease.engine());
  }

  @Override
  public void shutdown() {
    if (lease != null) {
      lease.close();
    }
  }

  private static void register(MetricRegistry registry, Engine engine) {
    gauge(registry, engine, "requests", EngineStats::requests);
    gauge(registry, engine, "failedRequests", EngineStats::failedRequests);
    gauge(registry, engine, "steps", EngineStats::steps);
    gauge(registry, engine, "promptTokens", EngineStats::promptTokens);
    gauge(registry, engine, "cachedTokens", EngineStats::cachedTokens);
    gauge(registry, engine, "completionTokens", EngineStats::completionTokens);
    gauge(registry, engine, "busyMillis", stats -> stats.busyNanos() / 1_000_000);
    gauge(registry, engine, "largestBatch", EngineStats::largestBatch);
    gauge(registry, engine, "runningSequences", EngineStats::runningSequences);
    gauge(registry, engine, "waitingRequests", EngineStats::waitingRequests);
  }

  private static void gauge(
      MetricRegistry registry, Engine engine, String name, ToLongFunction<EngineStats> counter) {
    Gauge<Long> gauge = () -> counter.applyAsLong(engine.stats());
    registry.register(name, gauge);
  }
}
