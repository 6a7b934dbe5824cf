package dev.swiftkv.distillation;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.config.ModelConfig;

/** What a base becomes with a boundary. */
final class StudentConfig {
  private StudentConfig() {}

  /**
   * The base's configuration with a boundary and groups.
   *
   * @throws EngineException INVALID_OPTION if they do not fit its layers
   */
  static ModelConfig of(ModelConfig base, int keyValueLayers, int groupSize) {
    if (keyValueLayers < 1 || keyValueLayers > base.layers()) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "--key-value-layers must be in 1 to the model's %d layers, got %d. Half of them is usual"
              .formatted(base.layers(), keyValueLayers));
    }
    int later = base.layers() - keyValueLayers;
    if (groupSize < 1 || later % groupSize != 0) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "--group must divide the %d later layers, got %d".formatted(later, groupSize));
    }
    return new ModelConfig(
        ConvertedCheckpoint.familyOf(base).name(),
        ConvertedCheckpoint.familyOf(base).architecture(),
        base.vocabularySize(),
        base.hiddenSize(),
        base.intermediateSize(),
        base.layers(),
        base.heads(),
        base.kvHeads(),
        base.headSize(),
        base.rmsNormEpsilon(),
        base.ropeTheta(),
        base.ropeScaling(),
        base.contextLength(),
        base.tiedEmbeddings(),
        base.attentionBias(),
        base.outputBias(),
        keyValueLayers,
        groupSize,
        base.bosTokenId(),
        base.eosTokenIds());
  }
}
