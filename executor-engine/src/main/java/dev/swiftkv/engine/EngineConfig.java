package dev.swiftkv.engine;

import dev.swiftkv.kernels.Backend;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * Everything that shapes an engine. Two equal configurations share one engine.
 *
 * @param model directory of the checkpoint in the Hugging Face layout
 * @param device {@code auto}, {@code cpu}, {@code scalar} or {@code cuda}
 * @param deviceIndex which device of its kind, from 0
 * @param dtype {@code auto}, {@code f32} or {@code bf16}
 * @param threads CPU threads of the kernels; 0 means all available processors
 * @param stepTokens most tokens of one forward pass, the Dynamic SplitFuse budget; 0 means what the
 *     device prefers
 * @param maxSequences most sequences decoding at once; 0 means what the device prefers
 * @param kvCacheBytes bytes of keys and values; 0 means a share of free memory
 * @param contextLength most tokens of prompt and completion together; 0 means the model's own limit
 * @param prefixCache whether full blocks of finished prompts are kept for equal prefixes
 */
public record EngineConfig(
    Path model,
    String device,
    int deviceIndex,
    String dtype,
    int threads,
    int stepTokens,
    int maxSequences,
    long kvCacheBytes,
    int contextLength,
    boolean prefixCache) {
  /** More than any host has processors; the system ends a process that asks for too many. */
  private static final int MOST_THREADS = 1024;

  /** Checks the ranges; the model is looked at when the engine opens. */
  public EngineConfig {
    model = model.toAbsolutePath().normalize();
    check(deviceIndex >= 0, "deviceIndex", deviceIndex, "at least 0");
    check(threads >= 0 && threads <= MOST_THREADS, "threads", threads, "in 0 to " + MOST_THREADS);
    check(stepTokens >= 0, "stepTokens", stepTokens, "at least 0");
    check(maxSequences >= 0, "maxSequences", maxSequences, "at least 0");
    check(kvCacheBytes >= 0, "kvCacheBytes", kvCacheBytes, "at least 0");
    check(contextLength >= 0, "contextLength", contextLength, "at least 0");
  }

  /** Defaults for a model. */
  public static EngineConfig forModel(Path model) {
    return new EngineConfig(model, "auto", 0, "auto", 0, 0, 0, 0L, 0, true);
  }

  /** This configuration with what the user left to the device: tokens and sequences of a step. */
  public EngineConfig settledFor(Backend backend) {
    return with(
        draft -> {
          draft.stepTokens = stepTokens > 0 ? stepTokens : backend.preferredStepTokens();
          draft.maxSequences = maxSequences > 0 ? maxSequences : backend.preferredSequences();
        });
  }

  /** This configuration on another device of the same kind. */
  public EngineConfig withDeviceIndex(int index) {
    return with(draft -> draft.deviceIndex = index);
  }

  /** This configuration on another device. */
  public EngineConfig withDevice(String name) {
    return with(draft -> draft.device = name);
  }

  /** This configuration with another compute type. */
  public EngineConfig withDtype(String name) {
    return with(draft -> draft.dtype = name);
  }

  /** This configuration with another budget of tokens a step. */
  public EngineConfig withStepTokens(int tokens) {
    return with(draft -> draft.stepTokens = tokens);
  }

  /** This configuration with another KV budget. */
  public EngineConfig withKvCacheBytes(long bytes) {
    return with(draft -> draft.kvCacheBytes = bytes);
  }

  /** This configuration with the prefix cache on or off. */
  public EngineConfig withPrefixCache(boolean keep) {
    return with(draft -> draft.prefixCache = keep);
  }

  private EngineConfig with(Consumer<Draft> change) {
    Draft draft = new Draft(this);
    change.accept(draft);
    return draft.config();
  }

  /** A copy of what can be changed, while it is being changed. */
  private static final class Draft {
    private final EngineConfig original;
    private String device;
    private int deviceIndex;
    private String dtype;
    private int stepTokens;
    private int maxSequences;
    private long kvCacheBytes;
    private boolean prefixCache;

    Draft(EngineConfig original) {
      this.original = original;
      device = original.device;
      deviceIndex = original.deviceIndex;
      dtype = original.dtype;
      stepTokens = original.stepTokens;
      maxSequences = original.maxSequences;
      kvCacheBytes = original.kvCacheBytes;
      prefixCache = original.prefixCache;
    }

    EngineConfig config() {
      return new EngineConfig(
          original.model,
          device,
          deviceIndex,
          dtype,
          original.threads,
          stepTokens,
          maxSequences,
          kvCacheBytes,
          original.contextLength,
          prefixCache);
    }
  }

  private static void check(boolean holds, String name, Object value, String range) {
    if (!holds) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "Option %s must be %s, got %s".formatted(name, range, value));
    }
  }
}
