package dev.swiftkv.distillation;

import dev.swiftkv.distillation.Libtorch.Precision;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;

/**
 * Everything that shapes a distillation besides its data.
 *
 * @param keyValueLayers leading layers that keep keys and values of their own, l
 * @param groupSize later layers that share keys and values, g
 * @param steps updates
 * @param batchTokens most tokens of one update; a longer document is a batch of its own
 * @param learningRate at the end of the warm-up; it falls to 0 linearly
 * @param warmUpSteps updates until the learning rate is reached
 * @param weightDecay of AdamW
 * @param clip largest norm of the gradient
 * @param temperature of the softmaxes that are compared
 * @param hiddenWeight weight of the difference of hidden states in the loss
 * @param seed of the order of documents
 * @param saveEvery updates between checkpoints
 * @param precision of matrix products
 * @param cacheBytes most memory for boundaries and teacher outputs that are kept between epochs
 */
record DistillationSettings(
    int keyValueLayers,
    int groupSize,
    int steps,
    int batchTokens,
    double learningRate,
    int warmUpSteps,
    double weightDecay,
    double clip,
    double temperature,
    double hiddenWeight,
    long seed,
    int saveEvery,
    Precision precision,
    long cacheBytes) {
  DistillationSettings {
    check(keyValueLayers >= 1, "--key-value-layers", keyValueLayers, "at least 1");
    check(groupSize >= 1, "--group", groupSize, "at least 1");
    check(steps >= 0, "--steps", steps, "at least 0");
    check(batchTokens >= 1, "--batch-tokens", batchTokens, "at least 1");
    check(learningRate > 0, "--lr", learningRate, "above 0");
    check(warmUpSteps >= 0, "--warm-up", warmUpSteps, "at least 0");
    check(weightDecay >= 0, "--weight-decay", weightDecay, "at least 0");
    check(clip > 0, "--clip", clip, "above 0");
    check(temperature > 0, "--temperature", temperature, "above 0");
    check(hiddenWeight >= 0, "--hidden-weight", hiddenWeight, "at least 0");
    check(saveEvery >= 1, "--save-every", saveEvery, "at least 1");
  }

  /** What the command does where it is told nothing else. */
  static DistillationSettings defaults(int keyValueLayers, int groupSize) {
    return new DistillationSettings(
        keyValueLayers,
        groupSize,
        700,
        4096,
        2e-3,
        15,
        0,
        1,
        2,
        1,
        0,
        100,
        Precision.BF16,
        2L << 30);
  }

  DistillationSettings withSteps(int count, int every) {
    return new DistillationSettings(
        keyValueLayers,
        groupSize,
        count,
        batchTokens,
        learningRate,
        warmUpSteps,
        weightDecay,
        clip,
        temperature,
        hiddenWeight,
        seed,
        every,
        precision,
        cacheBytes);
  }

  /** The learning rate of an update, counted from 1. */
  double learningRateAt(long step) {
    double warmth = warmUpSteps == 0 ? 1 : Math.min(1, (double) step / warmUpSteps);
    return learningRate * warmth * Math.max(0.02, 1 - (step - 1.0) / steps);
  }

  /**
   * What must be equal for a run to be resumed. The learning rate and the clipping may be others: a
   * run that lost its way goes on with smaller ones.
   */
  String fingerprint() {
    return "layers=%d group=%d steps=%d batch=%d warm-up=%d decay=%s temperature=%s hidden=%s seed=%d precision=%s"
        .formatted(
            keyValueLayers,
            groupSize,
            steps,
            batchTokens,
            warmUpSteps,
            weightDecay,
            temperature,
            hiddenWeight,
            seed,
            precision);
  }

  private static void check(boolean holds, String name, Object value, String range) {
    if (!holds) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION, "%s must be %s, got %s".formatted(name, range, value));
    }
  }
}
