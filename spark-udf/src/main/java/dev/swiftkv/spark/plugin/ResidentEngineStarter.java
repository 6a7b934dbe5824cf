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
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Holds the session's model on each device of the executor for as long as that lives. */
final class ResidentEngineStarter implements ExecutorPlugin {
  private static final Logger LOG = LoggerFactory.getLogger(ResidentEngineStarter.class);

  private List<EngineProvider.EngineLease> leases = List.of();

  /** Spark sends the executor no task before this returns. */
  @Override
  public void init(PluginContext context, Map<String, String> settings) {
    EngineSettings engine = SparkOptions.of(settings).engine("");
    try {
      leases = Providers.create(engine.provider()).acquireAll(engine, context.resources());
    } catch (EngineException e) {
      // Thrown from here it would end the executor, and Spark would start the next one for ever.
      // The first task meets the same error and tells the user.
      LOG.error("The model {} could not be loaded: {}", engine.model(), e.getMessage());
      return;
    }
    register(
        context.metricRegistry(), leases.stream().map(EngineProvider.EngineLease::engine).toList());
  }

  @Override
  public void shutdown() {
    leases.forEach(EngineProvider.EngineLease::close);
  }

  private static void register(MetricRegistry registry, List<Engine> engines) {
    gauge(registry, engines, "requests", EngineStats::requests);
    gauge(registry, engines, "failedRequests", EngineStats::failedRequests);
    gauge(registry, engines, "steps", EngineStats::steps);
    gauge(registry, engines, "promptTokens", EngineStats::promptTokens);
    gauge(registry, engines, "cachedTokens", EngineStats::cachedTokens);
    gauge(registry, engines, "completionTokens", EngineStats::completionTokens);
    gauge(registry, engines, "busyMillis", stats -> stats.busyNanos() / 1_000_000);
    gauge(registry, engines, "largestBatch", EngineStats::largestBatch);
    gauge(registry, engines, "runningSequences", EngineStats::runningSequences);
    gauge(registry, engines, "waitingRequests", EngineStats::waitingRequests);
  }

  private static void gauge(
      MetricRegistry registry,
      List<Engine> engines,
      String name,
      ToLongFunction<EngineStats> counter) {
    Gauge<Long> gauge =
        () -> engines.stream().mapToLong(engine -> counter.applyAsLong(engine.stats())).sum();
    registry.register(name, gauge);
  }
}
