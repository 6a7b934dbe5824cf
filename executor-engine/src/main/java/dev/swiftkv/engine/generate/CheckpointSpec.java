package dev.swiftkv.engine.generate;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.config.ModelFamilies;
import dev.swiftkv.engine.config.ModelFamily;
import dev.swiftkv.kernels.DType;

/**
 * The checkpoint to make. Sizes are as in {@link dev.swiftkv.engine.config.ModelConfig}.
 *
 * @param family which architecture
 * @param dtype element type of the weights in the file, F32 or BF16
 * @param seed equal specifications give equal bytes
 */
public record CheckpointSpec(
    ModelFamily family,
    int vocabularySize,
    int hiddenSize,
    int intermediateSize,
    int layers,
    int heads,
    int kvHeads,
    int headSize,
    int contextLength,
    int keyValueLayers,
    int keyValueGroupSize,
    boolean tiedEmbeddings,
    DType dtype,
    long seed) {
  /** Checks the sizes against each other. */
  public CheckpointSpec {
    atLeast("vocabularySize", vocabularySize, ByteLevelTokenizer.SMALLEST_VOCABULARY);
    atLeast("hiddenSize", hiddenSize, 1);
    atLeast("intermediateSize", intermediateSize, 1);
    atLeast("layers", layers, 1);
    atLeast("heads", heads, 1);
    atLeast("kvHeads", kvHeads, 1);
    atLeast("headSize", headSize, 2);
    atLeast("contextLength", contextLength, 1);
    atLeast("keyValueLayers", keyValueLayers, 1);
    atLeast("keyValueGroupSize", keyValueGroupSize, 1);
    check(heads % kvHeads == 0, "kvHeads", kvHeads, "a divisor of heads " + heads);
    check(headSize % 2 == 0, "headSize", headSize, "even");
    check(keyValueLayers <= layers, "keyValueLayers", keyValueLayers, "at most layers " + layers);
    check(
        family.swiftKv() || keyValueLayers == layers,
        "keyValueLayers",
        keyValueLayers,
        "left out for a family without SwiftKV; use llama-swiftkv");
    check(
        (layers - keyValueLayers) % keyValueGroupSize == 0,
        "keyValueGroupSize",
        keyValueGroupSize,
        "a divisor of the %d later layers".formatted(layers - keyValueLayers));
    check(dtype != DType.F16, "dtype", dtype, "f32 or bf16");
  }

  /**
   * A small checkpoint of a family, to be changed.
   *
   * @throws EngineException INVALID_OPTION if there is no such family
   */
  public static Builder of(String family) {
    return new Builder(ModelFamilies.named(family));
  }

  private static void atLeast(String name, int value, int least) {
    check(value >= least, name, value, "at least " + least);
  }

  private static void check(boolean holds, String name, Object value, String range) {
    if (!holds) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "Option %s must be %s, got %s".formatted(name, range, value));
    }
  }

  /** Collects the sizes; those left at 0 follow from the others. */
  public static final class Builder {
    private final ModelFamily family;
    private int vocabularySize = 2048;
    private int hiddenSize = 256;
    private int intermediateSize;
    private int layers = 8;
    private int heads;
    private int kvHeads;
    private int headSize;
    private int contextLength = 4096;
    private int keyValueLayers;
    private int keyValueGroupSize = 1;
    private boolean tiedEmbeddings;
    private DType dtype = DType.BF16;
    private long seed;

    private Builder(ModelFamily family) {
      this.family = family;
    }

    /** Rows of the embedding. */
    public Builder vocabularySize(int size) {
      vocabularySize = size;
      return this;
    }

    /** Width of the residual stream. */
    public Builder hiddenSize(int size) {
      hiddenSize = size;
      return this;
    }

    /** Width of the feed-forward; 4 times the hidden size if 0. */
    public Builder intermediateSize(int size) {
      intermediateSize = size;
      return this;
    }

    /** Decoder layers. */
    public Builder layers(int count) {
      layers = count;
      return this;
    }

    /** Query heads; heads of size 64 if 0. */
    public Builder heads(int count) {
      heads = count;
      return this;
    }

    /** Heads of keys and values; a quarter of the heads if 0. */
    public Builder kvHeads(int count) {
      kvHeads = count;
      return this;
    }

    /** Elements of a head; the hidden size over the heads if 0. */
    public Builder headSize(int size) {
      headSize = size;
      return this;
    }

    /** Most tokens of a sequence. */
    public Builder contextLength(int tokens) {
      contextLength = tokens;
      return this;
    }

    /** Leading layers with own keys and values; half of them if 0 and the family is SwiftKV. */
    public Builder keyValueLayers(int count) {
      keyValueLayers = count;
      return this;
    }

    /** Later layers that share one cache. */
    public Builder keyValueGroupSize(int count) {
      keyValueGroupSize = count;
      return this;
    }

    /** Whether the output head is the embedding. */
    public Builder tiedEmbeddings(boolean tied) {
      tiedEmbeddings = tied;
      return this;
    }

    /** Element type in the file. */
    public Builder dtype(DType type) {
      dtype = type;
      return this;
    }

    /** Seed of the weights. */
    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /**
     * The checked specification.
     *
     * @throws EngineException INVALID_OPTION naming the size that does not fit
     */
    public CheckpointSpec build() {
      int queryHeads = heads != 0 ? heads : Math.max(1, hiddenSize / 64);
      int elements = headSize != 0 ? headSize : hiddenSize / Math.max(1, queryHeads);
      int early = keyValueLayers != 0 ? keyValueLayers : defaultKeyValueLayers();
      return new CheckpointSpec(
          family,
          vocabularySize,
          hiddenSize,
          intermediateSize != 0 ? intermediateSize : 4 * hiddenSize,
          layers,
          queryHeads,
          kvHeads != 0 ? kvHeads : queryHeads % 4 == 0 ? queryHeads / 4 : queryHeads,
          elements,
          contextLength,
          early,
          keyValueGroupSize,
          tiedEmbeddings,
          dtype,
          seed);
    }

    private int defaultKeyValueLayers() {
      return family.swiftKv() ? Math.max(1, layers / 2) : layers;
    }
  }
}
