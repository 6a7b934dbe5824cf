package dev.swiftkv.spark.batch;

import dev.swiftkv.engine.Engine;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineRegistry;
import dev.swiftkv.engine.options.BuiltInModels;
import dev.swiftkv.engine.options.EngineOptionList;
import dev.swiftkv.spark.EngineSettings;

/** Engines of the JVM's registry: one per model and options, whatever the number of tasks. */
public final class SharedEngines implements EngineProvider {
  @Override
  public EngineLease acquire(EngineSettings settings) {
    EngineRegistry.Lease lease = EngineRegistry.shared().acquire(config(settings));
    return new EngineLease() {
      @Override
      public Engine engine() {
        return lease.engine();
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
