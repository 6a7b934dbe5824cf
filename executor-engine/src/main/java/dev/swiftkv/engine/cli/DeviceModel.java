package dev.swiftkv.engine.cli;

import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.model.LoadedModel;
import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.BackendUnavailableException;
import dev.swiftkv.kernels.Backends;
import dev.swiftkv.kernels.DType;
import java.util.Locale;

/** A model on a device without an engine around it. */
final class DeviceModel implements AutoCloseable {
  private final Backend backend;
  private final LoadedModel model;

  private DeviceModel(Backend backend, LoadedModel model) {
    this.backend = backend;
    this.model = model;
  }

  /** Loads the model that a configuration names. */
  static DeviceModel open(EngineConfig config) {
    Backend backend = openBackend(config);
    try {
      DType dtype = computeType(config, backend);
      return new DeviceModel(backend, LoadedModel.load(config.model(), backend, dtype));
    } catch (RuntimeException e) {
      backend.close();
      throw e;
    }
  }

  LoadedModel model() {
    return model;
  }

  @Override
  public void close() {
    model.close();
    backend.close();
  }

  /** The compute type that a configuration means on a device. */
  static DType computeType(EngineConfig config, Backend backend) {
    return config.dtype().equals("auto")
        ? backend.preferredType()
        : DType.valueOf(config.dtype().toUpperCase(Locale.ROOT));
  }

  /** The device of a configuration, without limits. */
  static Backend openBackend(EngineConfig config) {
    BackendOptions options =
        new BackendOptions(Long.MAX_VALUE, config.threads(), config.deviceIndex());
    try {
      return Backends.open(config.device(), options);
    } catch (BackendUnavailableException e) {
      throw new EngineException(ErrorCategory.UNSUPPORTED, e.getMessage(), e);
    }
  }
}
