package dev.swiftkv.engine.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ModelConfigTest {
  private static final String SIZES =
      "\"vocab_size\":96,\"hidden_size\":64,\"intermediate_size\":160,\"num_hidden_layers\":6,"
          + "\"num_attention_heads\":8,\"max_position_embeddings\":1024";
  private static final String LLAMA3 =
      "\"factor\":8.0,\"low_freq_factor\":1.0,\"high_freq_factor\":4.0,"
          + "\"original_max_position_embeddings\":8192";

  @TempDir private Path directory;

  @Test
  void defaultsAreThoseOfTheArchitecture() throws IOException {
    ModelConfig config = read("LlamaForCausalLM", "");
    assertThat(config)
        .isEqualTo(
            new ModelConfig(
                "llama",
                "LlamaForCausalLM",
                96,
                64,
                160,
                6,
                8,
                8,
                8,
                1e-6f,
                10_000,
                new RopeScaling.None(),
                1024,
                false,
                false,
                false,
                6,
                1,
                -1,
                List.of()));
    assertThat(config.swiftKv()).isFalse();
    assertThat(config.cacheCount()).isEqualTo(6);
  }

  @Test
  void swiftKvGroupsShareCaches() throws IOException {
    ModelConfig config =
        read(
            "LlamaSwiftKVForCausalLM",
            ",\"swiftkv\":true,\"num_key_value_layers\":2,\"key_value_group_size\":2");
    assertThat(config.swiftKv()).isTrue();
    assertThat(config.cacheCount()).isEqualTo(4);
    assertThat(config.cacheOf(1)).isEqualTo(1);
    assertThat(config.cacheOf(2)).isEqualTo(2);
    assertThat(config.cacheOf(3)).isEqualTo(2);
    assertThat(config.cacheOf(5)).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ",\"num_key_value_layers\":0", ",\"num_key_value_layers\":null"})
  void absentOrZeroKeyValueLayersMeanAll(String more) throws IOException {
    ModelConfig config = read("LlamaSwiftKVForCausalLM", more);
    assertThat(config.keyValueLayers()).isEqualTo(6);
    assertThat(config.swiftKv()).isFalse();
  }

  @Test
  void plainFamiliesIgnoreSwiftKvFields() throws IOException {
    assertThat(read("LlamaForCausalLM", ",\"num_key_value_layers\":2").keyValueLayers())
        .isEqualTo(6);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ",\"rope_theta\":500000.0,\"rope_scaling\":{\"rope_type\":\"llama3\"," + LLAMA3 + "}",
        ",\"rope_theta\":500000.0,\"rope_scaling\":{\"type\":\"llama3\"," + LLAMA3 + "}",
        ",\"rope_parameters\":{\"rope_theta\":500000.0,\"rope_type\":\"llama3\"," + LLAMA3 + "}"
      })
  void everySpellingOfRopeScalingIsRead(String more) throws IOException {
    ModelConfig config = read("LlamaForCausalLM", more);
    assertThat(config.ropeTheta()).isEqualTo(500_000);
    assertThat(config.ropeScaling()).isEqualTo(new RopeScaling.Llama3(8, 1, 4, 8192));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ",\"rope_scaling\":null",
        ",\"rope_parameters\":{\"rope_type\":\"default\",\"rope_theta\":10000}"
      })
  void plainRopeIsRead(String more) throws IOException {
    assertThat(read("LlamaForCausalLM", more).ropeScaling()).isEqualTo(new RopeScaling.None());
  }

  @Test
  void llama3ScalingKeepsShortWavesBlendsAndDividesLongOnes() {
    RopeScaling scaling = new RopeScaling.Llama3(8, 1, 4, 8192);
    assertThat(scaling.scale(1.0)).isEqualTo(1.0);
    assertThat(scaling.scale(1e-6)).isEqualTo(1e-6 / 8);
    // Two turns in the original context: a third of the way from 1 turn to 4.
    double frequency = 2 * Math.PI * 2 / 8192;
    assertThat(scaling.scale(frequency))
        .isCloseTo(frequency * (1 / 3.0 + 2 / 3.0 / 8), within(1e-12));
    assertThat(new RopeScaling.Linear(4).scale(1.0)).isEqualTo(0.25);
  }

  @Test
  void qwenHasBiasesOnQueriesKeysAndValuesOnly() throws IOException {
    ModelConfig qwen = read("Qwen2ForCausalLM", ",\"use_sliding_window\":false");
    assertThat(qwen.attentionBias()).isTrue();
    assertThat(qwen.outputBias()).isFalse();
    ModelConfig llama = read("LlamaForCausalLM", ",\"attention_bias\":true");
    assertThat(llama.attentionBias()).isTrue();
    assertThat(llama.outputBias()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"eos_token_id\":5,\"bos_token_id\":4} | 4 | 5",
        "{\"eos_token_id\":[5,6]}                | 1 | 5,6",
        "{}                                      | 1 | 2"
      })
  void generationConfigurationNamesTheTokens(String generation, int bos, String eos)
      throws IOException {
    Files.writeString(directory.resolve("generation_config.json"), generation);
    ModelConfig config = read("LlamaForCausalLM", ",\"bos_token_id\":1,\"eos_token_id\":2");
    assertThat(config.bosTokenId()).isEqualTo(bos);
    assertThat(config.eosTokenIds()).map(String::valueOf).containsExactly(eos.split(","));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"hidden_act\":\"gelu\"                           | hidden_act 'gelu'",
        "\"mlp_bias\":true                                 | mlp_bias true",
        "\"use_sliding_window\":true                       | use_sliding_window true",
        "\"layer_types\":[\"sliding_attention\"]           | layer_types 'sliding_attention'",
        "\"quantization_config\":{\"quant_method\":\"fp8\"} | quantization_config 'fp8'",
        "\"rope_scaling\":{\"type\":\"yarn\",\"factor\":4} | rope_type 'yarn' is not supported. Supported: default, linear, llama3",
        "\"partial_rotary_factor\":0.5                     | partial_rotary_factor 0.5",
        "\"rope_parameters\":{\"partial_rotary_factor\":0.5} | rope_parameters.partial_rotary_factor 0.5",
        "\"head_dim\":5                                    | head_dim 5"
      })
  void whatIsNotComputedIsUnsupported(String field, String message) {
    assertRefused(ErrorCategory.UNSUPPORTED, "Qwen2ForCausalLM", "," + field, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"vocab_size\":0                | vocab_size must be a whole number above 0, got 0",
        "\"vocab_size\":\"many\"         | vocab_size must be a whole number below 2^31",
        "\"hidden_size\":99999999999     | hidden_size must be a whole number below 2^31",
        "\"num_key_value_heads\":3       | num_key_value_heads must be a divisor of num_attention_heads 8, got 3",
        "\"hidden_size\":60              | hidden_size must be a multiple of num_attention_heads 8",
        "\"num_key_value_layers\":7      | num_key_value_layers must be in 0 to num_hidden_layers 6, got 7",
        "\"num_key_value_layers\":2,\"key_value_group_size\":3 | key_value_group_size must be a divisor of the 4 later layers, got 3",
        "\"rms_norm_eps\":-1             | rms_norm_eps must be a number above 0",
        "\"tie_word_embeddings\":1       | tie_word_embeddings must be true or false",
        "\"eos_token_id\":\"</s>\"       | eos_token_id must be a token id or a list of them",
        "\"rope_scaling\":\"llama3\"     | rope_scaling must be an object",
        "\"rope_scaling\":{\"type\":\"llama3\"} | rope_scaling.low_freq_factor must be a number above 0, got null"
      })
  void fieldsThatDoNotFitAreNamed(String field, String message) {
    assertRefused(
        ErrorCategory.INVALID_CHECKPOINT, "LlamaSwiftKVForCausalLM", "," + field, message);
  }

  @Test
  void unknownArchitectureIsNamedWithThoseThereAre() {
    assertRefused(
        ErrorCategory.UNSUPPORTED,
        "BloomForCausalLM",
        "",
        "architectures 'BloomForCausalLM' is not supported. Supported: LlamaForCausalLM, LlamaSwiftKVForCausalLM");
  }

  @Test
  void modelTypeStandsInForMissingArchitectures() throws IOException {
    Files.writeString(directory.resolve("config.json"), "{\"model_type\":\"qwen2\"," + SIZES + "}");
    assertThat(ModelConfig.read(directory).family()).isEqualTo("qwen2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[]", "3"})
  void fileThatIsNoObjectIsRefused(String text) throws IOException {
    Files.writeString(directory.resolve("config.json"), text);
    assertThatThrownBy(() -> ModelConfig.read(directory))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.category()).isEqualTo(ErrorCategory.INVALID_CHECKPOINT))
        .hasMessageContaining("config.json");
  }

  @Test
  void absentModelIsNotFound() throws IOException {
    assertNotFound(directory.resolve("nowhere"), "no such directory");
    assertNotFound(Files.createFile(directory.resolve("file")), "it is a file");
    assertNotFound(directory, "it lacks config.json");
  }

  private void assertNotFound(Path path, String message) {
    assertThatThrownBy(() -> ModelConfig.read(path))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.category()).isEqualTo(ErrorCategory.MODEL_NOT_FOUND))
        .hasMessageContaining(message);
  }

  private void assertRefused(
      ErrorCategory category, String architecture, String more, String message) {
    assertThatThrownBy(() -> read(architecture, more))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.category()).isEqualTo(category))
        .hasMessageContaining("config.json")
        .hasMessageContaining(message);
  }

  private ModelConfig read(String architecture, String more) throws IOException {
    Files.writeString(
        directory.resolve("config.json"),
        "{\"architectures\":[\"%s\"],%s%s}".formatted(architecture, SIZES, more));
    return ModelConfig.read(directory);
  }
}
