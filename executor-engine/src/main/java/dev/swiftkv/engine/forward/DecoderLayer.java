package dev.swiftkv.engine.forward;

/**
 * One pre-norm decoder layer.
 *
 * @param attentionNorm before attention
 * @param attention adds to the residual stream
 * @param feedForwardNorm before the feed-forward
 * @param feedForward adds to the residual stream
 */
public record DecoderLayer(
    RmsNorm attentionNorm,
    Attention attention,
    RmsNorm feedForwardNorm,
    GatedFeedForward feedForward) {
  void apply(Step step) {
    attentionNorm.apply(step);
    attention.apply(step);
    feedForwardNorm.apply(step);
    feedForward.apply(step);
  }
}
