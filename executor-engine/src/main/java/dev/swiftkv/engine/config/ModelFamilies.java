package dev.swiftkv.engine.config;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.config.ModelFamily.AttentionBiasRule;
import java.util.List;
import java.util.stream.Collectors;

/** The one list of families that this build runs. To add one, add a line. */
public final class ModelFamilies {
  /** Llama 2 and 3.x. */
  public static final ModelFamily LLAMA =
      new ModelFamily("llama", "LlamaForCausalLM", "llama", false, AttentionBiasRule.AS_CONFIGURED);

  /** Llama distilled for SwiftKV, as published by Snowflake. */
  public static final ModelFamily LLAMA_SWIFTKV =
      new ModelFamily(
          "llama-swiftkv",
          "LlamaSwiftKVForCausalLM",
          "llama_swiftkv",
          true,
          AttentionBiasRule.AS_CONFIGURED);

  /** Qwen2 and Qwen2.5. */
  public static final ModelFamily QWEN2 =
      new ModelFamily(
          "qwen2", "Qwen2ForCausalLM", "qwen2", false, AttentionBiasRule.QUERY_KEY_VALUE);

  /** Qwen2 distilled for SwiftKV, as ArcticTraining writes it. */
  public static final ModelFamily QWEN2_SWIFTKV =
      new ModelFamily(
          "qwen2-swiftkv",
          "Qwen2SwiftKVForCausalLM",
          "qwen2_swiftkv",
          true,
          AttentionBiasRule.QUERY_KEY_VALUE);

  /** Every family. */
  public static final List<ModelFamily> ALL = List.of(LLAMA, LLAMA_SWIFTKV, QWEN2, QWEN2_SWIFTKV);

  private ModelFamilies() {}

  /**
   * The family of this name.
   *
   * @throws EngineException INVALID_OPTION naming the families there are
   */
  public static ModelFamily named(String name) {
    return ALL.stream()
        .filter(family -> family.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new EngineException(
                    ErrorCategory.INVALID_OPTION,
                    "There is no model family '%s'. Use one of: %s".formatted(name, names())));
  }

  /** Names of all families, comma-separated. */
  public static String names() {
    return ALL.stream().map(ModelFamily::name).collect(Collectors.joining(", "));
  }

  /** Architectures of all families, comma-separated. */
  public static String architectures() {
    return ALL.stream().map(ModelFamily::architecture).collect(Collectors.joining(", "));
  }
}
