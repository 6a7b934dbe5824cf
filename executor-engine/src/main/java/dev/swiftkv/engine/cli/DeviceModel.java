package dev.swiftkv.engine.cli;

import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.model.CausalLm;
import dev.swiftkv.engine.model.LoadedModel;
import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.BackendUnavailableException;
import dev.swiftkv.kernels.Backends;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kvcache.KvCachePool;
import java.util.Locale;

/** A model on a device without an engine around it. */
public final class DeviceModel implements AutoCloseable {
  private static final int BLOCK_TOKENS = 32;

  private final Backend backend;
  private final LoadedModel model;

  private DeviceModel(Backend backend, LoadedModel model) {
    this.backend = backend;
    this.model = model;
  }

  /** Loads the model that a configuration names. */
  public static DeviceModel open(EngineConfig config) {
    Backend backend = openBackend(config);
    try {
      DType dtype = computeType(config, backend);
      return new DeviceModel(backend, LoadedModel.load(config.model(), backend, dtype));
    } catch (RuntimeException e) {
      backend.close();
      throw e;
    }
  }

  /** The model, until this is closed. */
  public LoadedModel model() {
    return model;
  }

  /** Device bytes of keys and values of one token. */
  public long kvBytesPerToken() {
    try (CausalLm lm = model.lm(1, 1)) {
      return KvCachePool.bytesPerBlock(backend, lm.kvShape(BLOCK_TOKENS), lm.cacheCount())
          / BLOCK_TOKENS;
    }
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
