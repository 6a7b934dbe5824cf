package dev.swiftkv.engine.config;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.config.ModelFamily.AttentionBiasRule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Reads a {@link ModelConfig}, refusing what the forward pass does not compute. */
final class ModelConfigReader {
  private static final double DEFAULT_EPSILON = 1e-6;
  private static final double DEFAULT_THETA = 10_000;

  private final ConfigFile config;

  private ModelConfigReader(ConfigFile config) {
    this.config = config;
  }

  static ModelConfig read(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new EngineException(
          ErrorCategory.MODEL_NOT_FOUND,
          "There is no model at %s: %s. Give the directory of a checkpoint in the Hugging Face layout"
              .formatted(
                  directory, Files.exists(directory) ? "it is a file" : "no such directory"));
    }
    Path file = directory.resolve("config.json");
    if (!Files.isRegularFile(file)) {
      throw new EngineException(
          ErrorCategory.MODEL_NOT_FOUND,
          "There is no model at %s: it lacks config.json. Give the directory that holds config.json and the weights"
              .formatted(directory));
    }
    Path generation = directory.resolve("generation_config.json");
    ModelConfigReader reader = new ModelConfigReader(ConfigFile.read(file));
    return Files.isRegularFile(generation)
        ? reader.model(ConfigFile.read(generation))
        : reader.model(reader.config);
  }

  private ModelConfig model(ConfigFile generation) {
    ModelFamily family = family();
    refuseWhatIsNotComputed();
    int hiddenSize = config.positive("hidden_size");
    int layers = config.positive("num_hidden_layers");
    int heads = config.positive("num_attention_heads");
    int kvHeads =
        config.has("num_key_value_heads") ? config.positive("num_key_value_heads") : heads;
    int keyValueLayers = family.swiftKv() ? keyValueLayers(layers) : layers;
    boolean biased = config.flag("attention_bias", false);
    boolean alwaysBiased = family.attentionBias() == AttentionBiasRule.QUERY_KEY_VALUE;
    List<Integer> bos = tokenIds("bos_token_id", generation);
    ConfigFile rope = rope();
    return new ModelConfig(
        family.name(),
        architecture(),
        config.positive("vocab_size"),
        hiddenSize,
        config.positive("intermediate_size"),
        layers,
        heads,
        kvHeads(heads, kvHeads),
        headSize(hiddenSize, heads),
        (float) config.positiveNumber("rms_norm_eps", DEFAULT_EPSILON),
        rope.positiveNumber("rope_theta", config.positiveNumber("rope_theta", DEFAULT_THETA)),
        scaling(rope),
        config.positive("max_position_embeddings"),
        config.flag("tie_word_embeddings", false),
        biased || alwaysBiased,
        biased && !alwaysBiased,
        keyValueLayers,
        family.swiftKv() ? groupSize(layers - keyValueLayers) : 1,
        bos.isEmpty() ? -1 : bos.get(0),
        tokenIds("eos_token_id", generation));
  }

  private String architecture() {
    List<String> architectures = config.texts("architectures");
    return architectures.isEmpty() ? config.text("model_type", "(none)") : architectures.get(0);
  }

  private ModelFamily family() {
    String architecture = architecture();
    return ModelFamilies.ALL.stream()
        .filter(f -> f.architecture().equals(architecture) || f.modelType().equals(architecture))
        .findFirst()
        .orElseThrow(
            () ->
                config.unsupported(
                    "architectures", "'" + architecture + "'", ModelFamilies.architectures()));
  }

  private void refuseWhatIsNotComputed() {
    String activation = config.text("hidden_act", "silu");
    if (!activation.equals("silu") && !activation.equals("swish")) {
      throw config.unsupported("hidden_act", "'" + activation + "'", "silu");
    }
    refuseTrue("mlp_bias");
    refuseTrue("use_sliding_window");
    for (String type : config.texts("layer_types")) {
      if (!type.equals("full_attention")) {
        throw config.unsupported("layer_types", "'" + type + "'", "full_attention");
      }
    }
    for (ConfigFile place : List.of(config, rope())) {
      double rotated = place.positiveNumber("partial_rotary_factor", 1);
      if (rotated != 1) {
        throw place.unsupported("partial_rotary_factor", Double.toString(rotated), "1");
      }
    }
    if (config.has("quantization_config")) {
      String method = config.object("quantization_config").text("quant_method", "(unnamed)");
      throw config.unsupported(
          "quantization_config", "'" + method + "'", "weights in F32, F16 or BF16");
    }
  }

  private void refuseTrue(String field) {
    if (config.flag(field, false)) {
      throw config.unsupported(field, "true", "false");
    }
  }

  private int kvHeads(int heads, int kvHeads) {
    if (heads % kvHeads != 0) {
      throw config.invalid(
          "num_key_value_heads", "a divisor of num_attention_heads %d".formatted(heads));
    }
    return kvHeads;
  }

  private int headSize(int hiddenSize, int heads) {
    if (!config.has("head_dim") && hiddenSize % heads != 0) {
      throw config.invalid("hidden_size", "a multiple of num_attention_heads %d".formatted(heads));
    }
    int headSize = config.has("head_dim") ? config.positive("head_dim") : hiddenSize / heads;
    if (headSize % 2 != 0) {
      throw config.unsupported(
          config.has("head_dim") ? "head_dim" : "hidden_size / num_attention_heads",
          Integer.toString(headSize),
          "even sizes, since rotary positions turn pairs");
    }
    return headSize;
  }

  /** Absent and 0 mean all layers, as in the authors' configuration class. */
  private int keyValueLayers(int layers) {
    int value = config.whole("num_key_value_layers", 0);
    if (value < 0 || value > layers) {
      throw config.invalid(
          "num_key_value_layers", "in 0 to num_hidden_layers %d".formatted(layers));
    }
    return value == 0 ? layers : value;
  }

  private int groupSize(int laterLayers) {
    int value = config.has("key_value_group_size") ? config.positive("key_value_group_size") : 1;
    if (laterLayers % value != 0) {
      throw config.invalid(
          "key_value_group_size", "a divisor of the %d later layers".formatted(laterLayers));
    }
    return value;
  }

  /** {@code rope_parameters} since transformers 5, {@code rope_scaling} before. */
  private ConfigFile rope() {
    return config.object(config.has("rope_parameters") ? "rope_parameters" : "rope_scaling");
  }

  private static RopeScaling scaling(ConfigFile rope) {
    String type = rope.text("rope_type", rope.text("type", "default"));
    return switch (type) {
      case "default" -> new RopeScaling.None();
      case "linear" -> new RopeScaling.Linear(required(rope, "factor"));
      case "llama3" -> llama3(rope);
      default -> throw rope.unsupported("rope_type", "'" + type + "'", RopeScaling.SUPPORTED);
    };
  }

  private static RopeScaling llama3(ConfigFile rope) {
    double low = required(rope, "low_freq_factor");
    double high = required(rope, "high_freq_factor");
    if (high <= low) {
      throw rope.invalid("high_freq_factor", "above low_freq_factor %s".formatted(low));
    }
    return new RopeScaling.Llama3(
        required(rope, "factor"), low, high, rope.positive("original_max_position_embeddings"));
  }

  private static double required(ConfigFile rope, String field) {
    if (!rope.has(field)) {
      throw rope.invalid(field, "a number above 0");
    }
    return rope.positiveNumber(field, 0);
  }

  /** What {@code generation_config.json} says, or else {@code config.json}. */
  private List<Integer> tokenIds(String field, ConfigFile generation) {
    return generation.has(field) ? generation.tokenIds(field) : config.tokenIds(field);
  }
}
