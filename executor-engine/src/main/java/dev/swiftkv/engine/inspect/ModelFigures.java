package dev.swiftkv.engine.inspect;

import dev.swiftkv.engine.checkpoint.Checkpoint;
import dev.swiftkv.engine.checkpoint.TensorEntry;
import dev.swiftkv.engine.config.ModelConfig;
import dev.swiftkv.kernels.DType;
import java.nio.file.Path;
import java.util.List;

/**
 * The figures of a checkpoint.
 *
 * @param config what it says about itself
 * @param tiedHead whether embedding and head are one matrix, in either spelling
 * @param dtype the compute type that the bytes are given for
 * @param parameters parameters in use; the teacher's copies that are skipped do not count
 * @param weightBytes bytes of weights on a device, without its padding
 * @param checkpointBytes bytes of tensors on disk
 * @param kvBytesPerToken bytes of keys and values of one token, in all caches
 * @param prefill the cost at some prompt lengths
 */
public record ModelFigures(
    ModelConfig config,
    boolean tiedHead,
    DType dtype,
    long parameters,
    long weightBytes,
    long checkpointBytes,
    long kvBytesPerToken,
    List<PrefillCost> prefill) {
  private static final List<Integer> PROMPT_TOKENS = List.of(256, 1024, 2048, 8192, 32768, 131072);

  /** Copies the list. */
  public ModelFigures {
    prefill = List.copyOf(prefill);
  }

  /**
   * The figures at full precision.
   *
   * @throws dev.swiftkv.engine.EngineException as {@link #of(Path, DType)}
   */
  public static ModelFigures of(Path directory) {
    return of(directory, DType.F32);
  }

  /**
   * Reads configuration and headers; no weights.
   *
   * @throws dev.swiftkv.engine.EngineException if it is no model, or one that cannot be run
   */
  public static ModelFigures of(Path directory, DType dtype) {
    ModelConfig config = ModelConfig.read(directory);
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      boolean tied = config.tiedEmbeddings() || !checkpoint.has("lm_head.weight");
      ParameterCount count = new ParameterCount(config, tied);
      return new ModelFigures(
          config,
          tied,
          dtype,
          count.matrices() + count.vectors(),
          count.matrices() * dtype.bytes() + count.vectors() * DType.F32.bytes(),
          checkpoint.tensors().stream().mapToLong(TensorEntry::bytes).sum(),
          2L * config.cacheCount() * config.attentionShape().kvColumns() * dtype.bytes(),
          PROMPT_TOKENS.stream()
              .filter(tokens -> tokens <= config.contextLength())
              .map(tokens -> PrefillCost.of(config, tokens))
              .toList());
    }
  }
}
