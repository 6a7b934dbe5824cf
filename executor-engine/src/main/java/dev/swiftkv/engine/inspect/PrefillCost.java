package dev.swiftkv.engine.inspect;

import dev.swiftkv.engine.config.ModelConfig;

/**
 * Arithmetic of prefill: 10^9 floating-point operations per prompt token, a multiply-add counting
 * as two. Attention is the causal mean over the prompt. The last token's way through the later
 * layers and the head are left out: they come once per sequence, not per token.
 *
 * @param promptTokens length of the prompt
 * @param gflopPerToken as this model runs
 * @param fullDepthGflopPerToken as it would run if every token passed every layer
 */
public record PrefillCost(int promptTokens, double gflopPerToken, double fullDepthGflopPerToken) {
  private static final double GIGA = 1e9;

  static PrefillCost of(ModelConfig config, int promptTokens) {
    double hidden = config.hiddenSize();
    double queryColumns = config.attentionShape().queryColumns();
    double keysAndValues = 4 * hidden * config.attentionShape().kvColumns();
    double queriesAndOutput = 4 * hidden * queryColumns;
    double feedForward = 6 * hidden * config.intermediateSize();
    double attention = 2 * queryColumns * promptTokens;
    double layer = keysAndValues + queriesAndOutput + feedForward + attention;
    int laterCaches = config.cacheCount() - config.keyValueLayers();
    double swift = config.keyValueLayers() * layer + laterCaches * keysAndValues;
    return new PrefillCost(promptTokens, swift / GIGA, config.layers() * layer / GIGA);
  }

  /** How many times more work full depth is. */
  public double saving() {
    return fullDepthGflopPerToken / gflopPerToken;
  }
}
