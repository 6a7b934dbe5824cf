package dev.swiftkv.engine.config;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.kernels.AttentionShape;
import java.nio.file.Path;
import java.util.List;

/**
 * A checked model configuration.
 *
 * @param family name of the {@link ModelFamily}
 * @param architecture the checkpoint's own word for it
 * @param vocabularySize rows of the embedding
 * @param hiddenSize width of the residual stream
 * @param intermediateSize width of the feed-forward
 * @param layers decoder layers, L
 * @param heads query heads
 * @param kvHeads heads of keys and values
 * @param headSize elements of a head
 * @param rmsNormEpsilon added to the mean square
 * @param ropeTheta base of the rotary frequencies
 * @param ropeScaling how the frequencies are stretched
 * @param contextLength most tokens of a sequence
 * @param tiedEmbeddings whether the output head is the embedding
 * @param attentionBias whether query, key and value projections have a bias
 * @param outputBias whether the attention's output projection has a bias
 * @param keyValueLayers leading layers that compute their own keys and values, l; L unless SwiftKV
 * @param keyValueGroupSize later layers that share one cache (AcrossKV), g
 * @param bosTokenId first token of a prompt, or -1
 * @param eosTokenIds tokens that end a completion
 */
public record ModelConfig(
    String family,
    String architecture,
    int vocabularySize,
    int hiddenSize,
    int intermediateSize,
    int layers,
    int heads,
    int kvHeads,
    int headSize,
    float rmsNormEpsilon,
    double ropeTheta,
    RopeScaling ropeScaling,
    int contextLength,
    boolean tiedEmbeddings,
    boolean attentionBias,
    boolean outputBias,
    int keyValueLayers,
    int keyValueGroupSize,
    int bosTokenId,
    List<Integer> eosTokenIds) {
  /** Copies the list. */
  public ModelConfig {
    eosTokenIds = List.copyOf(eosTokenIds);
  }

  /**
   * Reads {@code config.json} and, where it exists, {@code generation_config.json}.
   *
   * @param directory the checkpoint
   * @throws EngineException MODEL_NOT_FOUND, INVALID_CHECKPOINT or UNSUPPORTED
   */
  public static ModelConfig read(Path directory) {
    return ModelConfigReader.read(directory);
  }

  /** Whether later layers take keys and values from the boundary. */
  public boolean swiftKv() {
    return keyValueLayers < layers;
  }

  /** Distinct KV caches: one per leading layer, one per group of later layers. */
  public int cacheCount() {
    return keyValueLayers + (layers - keyValueLayers) / keyValueGroupSize;
  }

  /** The cache that a layer reads. */
  public int cacheOf(int layer) {
    return layer < keyValueLayers
        ? layer
        : keyValueLayers + (layer - keyValueLayers) / keyValueGroupSize;
  }

  /** Heads of every layer. */
  public AttentionShape attentionShape() {
    return new AttentionShape(heads, kvHeads, headSize);
  }
}
