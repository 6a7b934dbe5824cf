package dev.swiftkv.engine.inspect;

import dev.swiftkv.engine.config.ModelConfig;

/** Counts the parameters that a configuration implies and the forward pass uses. */
final class ParameterCount {
  private final ModelConfig config;
  private final boolean tied;
  private final long queryColumns;
  private final long kvColumns;

  ParameterCount(ModelConfig config, boolean tied) {
    this.config = config;
    this.tied = tied;
    queryColumns = config.attentionShape().queryColumns();
    kvColumns = config.attentionShape().kvColumns();
  }

  /** Elements of matrices, which have the compute type. */
  long matrices() {
    long hidden = config.hiddenSize();
    long perLayer = 2 * hidden * queryColumns + 3 * hidden * config.intermediateSize();
    long vocabulary = hidden * config.vocabularySize() * (tied ? 1 : 2);
    return config.layers() * perLayer + 2 * hidden * kvColumns * config.cacheCount() + vocabulary;
  }

  /** Elements of norms and biases, which are F32. */
  long vectors() {
    long norms = config.hiddenSize() * (2L * config.layers() + (config.swiftKv() ? 2 : 1));
    long inputBiases = queryColumns * config.layers() + 2 * kvColumns * config.cacheCount();
    long outputBiases = (long) config.hiddenSize() * config.layers();
    return norms
        + (config.attentionBias() ? inputBiases : 0)
        + (config.outputBias() ? outputBiases : 0);
  }
}
