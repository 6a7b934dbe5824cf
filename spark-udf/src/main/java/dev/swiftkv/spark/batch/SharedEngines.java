package dev.swiftkv.spark.batch;

import dev.swiftkv.engine.DeviceKind;
import dev.swiftkv.engine.Engine;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineRegistry;
import dev.swiftkv.engine.LoadedEngine;
import dev.swiftkv.engine.SharedAnswers;
import dev.swiftkv.engine.options.BuiltInModels;
import dev.swiftkv.engine.options.EngineOptionList;
import dev.swiftkv.spark.EngineSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.resource.ResourceInformation;

/**
 * Engines of the JVM's registry: one per model, options and device, whatever the number of tasks.
 */
public final class SharedEngines implements EngineProvider {
  @Override
  public EngineLease acquire(EngineSettings settings) {
    return leaseOf(
        EngineRegistry.shared().acquireLeastLoaded(choice(settings, GpuAddresses.ofThisTask())));
  }

  @Override
  public List<EngineLease> acquireAll(
      EngineSettings settings, Map<String, ResourceInformation> executorResources) {
    List<EngineLease> leases = new ArrayList<>();
    try {
      for (EngineConfig config : choice(settings, GpuAddresses.of(executorResources))) {
        leases.add(leaseOf(EngineRegistry.shared().acquire(config)));
      }
      return leases;
    } catch (RuntimeException e) {
      leases.forEach(EngineLease::close);
      throw e;
    }
  }

  @Override
  public List<LoadedEngine> loaded() {
    return EngineRegistry.shared().loaded();
  }

  private static List<EngineConfig> choice(EngineSettings settings, GpuAddresses gpus) {
    EngineConfig config = config(settings);
    return DeviceChoice.of(
        config,
        EngineOptionList.namesOneDevice(settings.options()),
        gpus,
        DeviceKind.of(config.device()));
  }

  private static EngineLease leaseOf(EngineRegistry.Lease lease) {
    return new EngineLease() {
      @Override
      public Engine engine() {
        return lease.engine();
      }

      @Override
      public SharedAnswers answers() {
        return lease.answers();
      }

      @Override
      public boolean loadedModel() {
        return lease.isFirst();
      }

      @Override
      public void close() {
        lease.close();
      }
    };
  }

  /** The configuration that the settings mean on this machine. */
  public static EngineConfig config(EngineSettings settings) {
    return EngineOptionList.parse(BuiltInModels.resolve(settings.model()), settings.options());
  }
}
