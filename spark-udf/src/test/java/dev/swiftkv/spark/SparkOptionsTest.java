package dev.swiftkv.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.engine.EngineException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SparkOptionsTest {
  @Test
  void sortsKeysByWhatTheyAreFor() {
    SparkOptions options =
        SparkOptions.of(
            Map.of(
                "spark.swiftkv.model", "m",
                "spark.swiftkv.dtype", "f32",
                "spark.swiftkv.stepTokens", "64",
                "spark.swiftkv.max_tokens", "5",
                "spark.swiftkv.windowBytes", "2m",
                "spark.sql.shuffle.partitions", "4"));

    assertThat(options.engine("").model()).isEqualTo("m");
    assertThat(options.engine("other").model()).isEqualTo("other");
    assertThat(options.engine("").options()).isEqualTo(Map.of("dtype", "f32", "step_tokens", "64"));
    assertThat(options.generation()).isEqualTo(Map.of("max_tokens", "5"));
    assertThat(options.window()).isEqualTo(new WindowSettings(256, 262_144, 2 << 20, 64 << 20));
  }

  @Test
  void hasDefaults() {
    SparkOptions options = SparkOptions.of(Map.of());

    assertThat(options.engine("").model()).isEqualTo("demo");
    assertThat(options.optimize()).isTrue();
    assertThat(options.columnar()).isTrue();
    assertThat(options.takeRows()).isEqualTo(10_000);
  }

  @ParameterizedTest
  @CsvSource({
    "windowPrompts,many,Option spark.swiftkv.windowPrompts must be a whole number",
    "windowPrompts,0,Option spark.swiftkv.windowPrompts must be at least 1",
    "windowBytes,big,Option spark.swiftkv.windowBytes must be a number of bytes",
    "columnar,yes,Option spark.swiftkv.columnar must be true or false",
    "maxTokens,none,Option spark.swiftkv.maxTokens must be a whole number",
    "colunar,true,Unknown option \"spark.swiftkv.colunar\"; did you mean spark.swiftkv.columnar?"
  })
  void refusesWhatIsNoOption(String name, String value, String message) {
    assertThatThrownBy(
            () -> {
              SparkOptions options = SparkOptions.of(Map.of("spark.swiftkv." + name, value));
              options.window();
              options.columnar();
            })
        .isInstanceOf(EngineException.class)
        .hasMessageContaining(message);
  }

  @Test
  void documentsEveryOption() {
    assertThat(SparkOptions.documentation())
        .contains("| `spark.swiftkv.model` | string | `demo` |")
        .contains("| `spark.swiftkv.kvCacheBytes` |")
        .contains("| `spark.swiftkv.maxTokens` |");
  }
}
