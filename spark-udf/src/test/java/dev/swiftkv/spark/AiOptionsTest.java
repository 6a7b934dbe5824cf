package dev.swiftkv.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.spark.functions.AiFunction;
import dev.swiftkv.spark.functions.FunctionList;
import dev.swiftkv.spark.functions.Parameter;
import org.junit.jupiter.api.Test;

class AiOptionsTest {
  @Test
  void namesAreThoseOfEveryFunctionInTheirOrder() {
    for (AiFunction function : FunctionList.ALL) {
      assertThat(AiOptions.names(function.name()))
          .as(function.name())
          .isEqualTo(
              function.parameters().stream()
                  .filter(parameter -> !parameter.required())
                  .map(Parameter::name)
                  .toList());
    }
  }

  @Test
  void refusesOptionsOfOtherFunctions() {
    AiOptions options = new AiOptions().multiLabel(true);

    assertThat(options.of("ai_classify")).hasSize(4);
    assertThatThrownBy(() -> options.of("ai_gen"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Function ai_gen does not take the option multiLabel; it takes failOnError,"
                + " modelParameters, model");
  }

  @Test
  void eachMethodGivesOtherOptions() {
    AiOptions none = new AiOptions();
    AiOptions some = none.maxTokens(4);

    assertThat(none.of("ai_gen").get(1).toString()).isEqualTo("NULL");
    assertThat(some.of("ai_gen").get(1).toString()).contains("{\"max_tokens\":4}");
  }
}
