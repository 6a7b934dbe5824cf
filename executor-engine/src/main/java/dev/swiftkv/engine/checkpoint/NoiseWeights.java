package dev.swiftkv.engine.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.kernels.NoiseBand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads {@code model.noise.json}: tensors that are made when they are loaded instead of stored, so
 * that a model of any size takes up some kilobytes.
 *
 * <pre>{@code
 * {"seed": 0, "tensors": {"lm_head.weight": {"shape": [128256, 4096], "mean": 0, "scale": 0.027}}}
 * }</pre>
 *
 * <p>A matrix holds the noise of {@link NoiseBand} with its scale; its mean is 0. A vector of n
 * elements is {@code mean} + the only row of such a matrix [1, n], in F32. The seed of a tensor is
 * {@code m = mix(seed + G)}, then {@code m = mix(m + G * c)} for each character c of its name, with
 * G and mix of {@link NoiseBand}.
 */
public final class NoiseWeights {
  /** The file's name. */
  public static final String FILE = "model.noise.json";

  private static final long INCREMENT = 0x9E3779B97F4A7C15L;
  private static final String DTYPE = "BF16";

  private NoiseWeights() {}

  /**
   * A tensor that is made.
   *
   * @param entry name, shape and bytes, as if it were stored
   */
  record NoiseTensor(TensorEntry entry, long seed, float mean, float scale) {}

  /** The seed of one tensor. */
  static long seedOf(long seed, String tensor) {
    long state = NoiseBand.mix(seed + INCREMENT);
    for (int i = 0; i < tensor.length(); i++) {
      state = NoiseBand.mix(state + INCREMENT * tensor.charAt(i));
    }
    return state;
  }

  /**
   * Every tensor by name.
   *
   * @throws EngineException INVALID_CHECKPOINT naming the tensor that is not described
   */
  static Map<String, NoiseTensor> read(Path file) {
    JsonNode root;
    try {
      root = new ObjectMapper().readTree(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new EngineException(
          ErrorCategory.INVALID_CHECKPOINT,
          "%s cannot be read as JSON (%s). Make the model again"
              .formatted(file, String.valueOf(e.getMessage()).lines().findFirst().orElse("")),
          e);
    }
    Map<String, NoiseTensor> tensors = new LinkedHashMap<>();
    long seed = root.path("seed").asLong();
    root.path("tensors")
        .properties()
        .forEach(field -> tensors.put(field.getKey(), tensor(file, seed, field)));
    return tensors;
  }

  private static NoiseTensor tensor(Path file, long seed, Map.Entry<String, JsonNode> field) {
    String name = field.getKey();
    JsonNode described = field.getValue();
    List<Long> shape = new ArrayList<>();
    described.path("shape").forEach(dimension -> shape.add(dimension.asLong()));
    float mean = (float) described.path("mean").asDouble();
    float scale = (float) described.path("scale").asDouble();
    boolean matrix = shape.size() == 2;
    boolean sized = shape.stream().allMatch(d -> d > 0 && d <= Integer.MAX_VALUE);
    if (!matrix && shape.size() != 1 || !sized || !(scale > 0) || matrix && mean != 0) {
      throw new EngineException(
          ErrorCategory.INVALID_CHECKPOINT,
          "%s describes tensor %s as %s; a shape of one or two dimensions, a scale above 0 and, for a matrix, a mean of 0 are needed"
              .formatted(file, name, described));
    }
    long elements = shape.stream().reduce(1L, Math::multiplyExact);
    TensorEntry entry =
        new TensorEntry(name, DTYPE, shape, file, 0, elements * ElementType.BF16.bytes());
    return new NoiseTensor(entry, seedOf(seed, name), mean, scale);
  }
}
