package dev.swiftkv.engine.model;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.checkpoint.Checkpoint;
import dev.swiftkv.engine.config.ModelConfig;
import dev.swiftkv.engine.forward.Decoder;
import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.DeviceMemoryException;
import java.nio.file.Path;

/** A checkpoint's weights on a device. Closed before the backend. */
public final class LoadedModel implements AutoCloseable {
  private final ModelConfig config;
  private final Backend backend;
  private final DType dtype;
  private final Decoder decoder;
  private final WeightStore weights;

  private LoadedModel(
      ModelConfig config, Backend backend, DType dtype, Decoder decoder, WeightStore weights) {
    this.config = config;
    this.backend = backend;
    this.dtype = dtype;
    this.decoder = decoder;
    this.weights = weights;
  }

  /**
   * Loads a checkpoint.
   *
   * @param directory in the Hugging Face layout
   * @param dtype compute type, which is also the type of weights and KV cache on the device
   * @throws EngineException MODEL_NOT_FOUND, INVALID_CHECKPOINT, UNSUPPORTED or OUT_OF_MEMORY;
   *     nothing stays allocated
   */
  public static LoadedModel load(Path directory, Backend backend, DType dtype) {
    ModelConfig config = ModelConfig.read(directory);
    if (!backend.computeTypes().contains(dtype)) {
      throw new EngineException(
          ErrorCategory.UNSUPPORTED,
          "Device %s (%s) does not compute in %s; it computes in %s. Set dtype to one of them or to auto"
              .formatted(backend.name(), backend.description(), dtype, backend.computeTypes()));
    }
    WeightStore weights = new WeightStore(backend, dtype);
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      Decoder decoder = new DecoderLoader(config, checkpoint, weights).load();
      return new LoadedModel(config, backend, dtype, decoder, weights);
    } catch (DeviceMemoryException e) {
      weights.close();
      throw new EngineException(
          ErrorCategory.OUT_OF_MEMORY,
          "Model %s does not fit device %s: %s"
              .formatted(directory, backend.name(), e.getMessage()),
          e);
    } catch (RuntimeException | Error e) {
      weights.close();
      throw e;
    }
  }

  /** What the checkpoint says about itself. */
  public ModelConfig config() {
    return config;
  }

  /** The compute type. */
  public DType dtype() {
    return dtype;
  }

  /** The device. */
  public Backend backend() {
    return backend;
  }

  /**
   * A runner of steps over these weights.
   *
   * @param maxStepTokens tokens of the largest step
   * @param maxLogitRows rows of a step that need logits; one per sequence when generating
   * @throws DeviceMemoryException if there is no room for the activations
   */
  public CausalLm lm(int maxStepTokens, int maxLogitRows) {
    return new DecoderLm(config, decoder, backend, dtype, maxStepTokens, maxLogitRows);
  }

  /** Parameters in use; teacher copies that are skipped do not count. */
  public long parameters() {
    return weights.parameters();
  }

  /** Device bytes of weights and tables. */
  public long weightBytes() {
    return weights.bytes();
  }

  /** Frees the weights. Closing twice is harmless. */
  @Override
  public void close() {
    weights.close();
  }
}
