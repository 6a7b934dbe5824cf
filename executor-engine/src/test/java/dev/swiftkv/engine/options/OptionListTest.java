package dev.swiftkv.engine.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.swiftkv.engine.Constraint;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.LongPromptPolicy;
import dev.swiftkv.engine.SamplingParams;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OptionListTest {
  @Test
  void givesTheDefaultsWhereNothingIsSaid() {
    assertThat(GenerationOptionList.parse(Map.of())).isEqualTo(GenerationOptions.defaults());
    Path model = Path.of("model");
    assertThat(EngineOptionList.parse(model, Map.of())).isEqualTo(EngineConfig.forModel(model));
  }

  @Test
  void readsEveryGenerationOption() {
    Map<String, String> given =
        Map.of(
            "max_tokens", "7",
            "temperature", "0.5",
            "top_p", "0.9",
            "top_k", "40",
            "min_p", "0.1",
            "repetition_penalty", "1.2",
            "seed", "123456789012",
            "stop", "[\"###\", \"\\n\"]",
            "on_long_prompt", "truncateMiddle",
            "chat", "TRUE");
    Map<String, String> all = new HashMap<>(given);
    all.put("choices", "[\"yes\", \"no\"]");
    assertThat(GenerationOptionList.parse(all))
        .isEqualTo(
            new GenerationOptions(
                7,
                new SamplingParams(0.5f, 0.9f, 40, 0.1f, 1.2f, 123456789012L),
                List.of("###", "\n"),
                LongPromptPolicy.TRUNCATE_MIDDLE,
                true,
                new Constraint.Choices(List.of("yes", "no"))));
  }

  @Test
  void readsEveryEngineOption() {
    Map<String, String> given =
        Map.of(
            "device", "CPU",
            "device_index", "1",
            "dtype", "f32",
            "threads", "3",
            "step_tokens", "64",
            "max_sequences", "9",
            "kv_cache_bytes", "2g",
            "context_length", "100",
            "prefix_cache", "false");
    assertThat(EngineOptionList.parse(Path.of("model"), given))
        .isEqualTo(
            new EngineConfig(Path.of("model"), "cpu", 1, "f32", 3, 64, 9, 2L << 30, 100, false));
  }

  @ParameterizedTest
  @ValueSource(strings = {"max_tokens", "maxTokens", "MAX_TOKENS", "maxtokens", "max-tokens"})
  void takesNamesInAnySpelling(String key) {
    assertThat(GenerationOptionList.parse(Map.of(key, "3")).maxTokens()).isEqualTo(3);
  }

  @Test
  void takesANullAsNotGiven() {
    Map<String, String> given = new HashMap<>();
    given.put("max_tokens", null);
    assertThat(GenerationOptionList.parse(given)).isEqualTo(GenerationOptions.defaults());
  }

  @ParameterizedTest
  @CsvSource({
    "max_token, max_tokens",
    "temprature, temperature",
    "onLongPromt, on_long_prompt",
    "stops, stop"
  })
  void namesTheNearestOption(String key, String nearest) {
    refused(Map.of(key, "1"), "\"" + key + "\"; did you mean " + nearest + "?");
  }

  @Test
  void refusesAnOptionGivenInTwoSpellings() {
    refused(Map.of("max_tokens", "1", "maxTokens", "1"), "max_tokens is given twice");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "max_tokens | 0 | at least 1, got 0",
        "max_tokens | many | must be a whole number, got \"many\"",
        "max_tokens | 99999999999 | must be a whole number",
        "temperature | -1 | got -1",
        "temperature | NaN | in [0, 100]",
        "top_p | 0 | in (0, 1]",
        "top_p | 1.5 | in (0, 1]",
        "top_k | -1 | at least 0",
        "min_p | 1 | in [0, 1)",
        "repetition_penalty | 0 | in (0, 100]",
        "seed | 1.5 | must be a whole number",
        "stop | '' | must not contain an empty string",
        "stop | [1 | JSON array of strings",
        "on_long_prompt | cut | one of error, truncateStart, truncateMiddle, truncateEnd",
        "chat | yes | one of true, false"
      })
  void refusesValuesOutsideTheRange(String key, String value, String message) {
    refused(Map.of(key, value), message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "device | tpu | one of auto, cpu, scalar, cuda",
        "device | auto:1 | one of auto, cpu, scalar, cuda",
        "device | cuda: | one of auto, cpu, scalar, cuda",
        "device | cuda:-1 | one of auto, cpu, scalar, cuda",
        "device_index | -1 | at least 0",
        "dtype | f16 | one of auto, f32, bf16",
        "kv_cache_bytes | 1x | a number of bytes such as",
        "kv_cache_bytes | g | a number of bytes such as",
        "kv_cache_bytes | 99999999t | a number of bytes such as",
        "kv_cache_bytes | -1 | at least 0",
        "threads | 1000000 | in 0 to 1024, got 1000000",
        "step_tokens | -1 | at least 0",
        "max_sequences | -1 | at least 0",
        "theads | 1 | did you mean threads?"
      })
  void refusesEngineOptionsOutsideTheRange(String key, String value, String message) {
    assertThatExceptionOfType(EngineException.class)
        .isThrownBy(() -> EngineOptionList.parse(Path.of("model"), Map.of(key, value)))
        .withMessageContaining(message)
        .extracting(EngineException::category)
        .isEqualTo(ErrorCategory.INVALID_OPTION);
  }

  @Test
  void aDeviceMayCarryItsIndex() {
    EngineConfig second = EngineOptionList.parse(Path.of("model"), Map.of("device", "CUDA:1"));
    assertThat(second.device()).isEqualTo("cuda");
    assertThat(second.deviceIndex()).isEqualTo(1);
    assertThat(EngineOptionList.namesOneDevice(Map.of("device", "cuda:1"))).isTrue();
    assertThat(EngineOptionList.namesOneDevice(Map.of("deviceIndex", "0"))).isTrue();
    assertThat(EngineOptionList.namesOneDevice(Map.of("device", "cuda"))).isFalse();
    assertThat(EngineOptionList.namesOneDevice(Map.of())).isFalse();
  }

  @Test
  void twoIndicesOfADeviceMustAgree() {
    Map<String, String> twice = Map.of("device", "cuda:1", "device_index", "1");
    assertThat(EngineOptionList.parse(Path.of("model"), twice).deviceIndex()).isEqualTo(1);
    assertThatExceptionOfType(EngineException.class)
        .isThrownBy(
            () ->
                EngineOptionList.parse(
                    Path.of("model"), Map.of("device", "cuda:1", "device_index", "0")))
        .withMessage(
            "Option device says 1 after its colon and device_index says 0: give one of them");
  }

  @Test
  void keepsAStopStringAsItIs() {
    assertThat(GenerationOptionList.parse(Map.of("stop", " a, b ")).stop())
        .containsExactly(" a, b ");
  }

  @Test
  void documentsEveryOptionOnce() {
    assertThat(OptionDocs.generation().lines()).hasSize(2 + GenerationOptionList.ALL.size());
    assertThat(OptionDocs.generation())
        .contains("| `max_tokens` | integer | `128` | at least 1 | Most new tokens.")
        .contains("| `on_long_prompt` | word | `error` |")
        .contains("| `stop` | string or JSON array | none |");
    assertThat(
            OptionDocs.table(EngineOptionList.ALL, option -> "spark.swiftkv." + option.camelName()))
        .contains("`spark.swiftkv.kvCacheBytes`");
  }

  private static void refused(Map<String, String> given, String message) {
    assertThatExceptionOfType(EngineException.class)
        .isThrownBy(() -> GenerationOptionList.parse(given))
        .withMessageContaining(message)
        .extracting(EngineException::category)
        .isEqualTo(ErrorCategory.INVALID_OPTION);
  }
}
