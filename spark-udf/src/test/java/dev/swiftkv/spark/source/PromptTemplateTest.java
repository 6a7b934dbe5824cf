package dev.swiftkv.spark.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.spark.source.PromptTemplate.Literal;
import dev.swiftkv.spark.source.PromptTemplate.Placeholder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromptTemplateTest {
  @Test
  void splitsTextAndColumns() {
    assertThat(PromptTemplate.parse("{title}:\n{ body }\nTask?").parts())
        .containsExactly(
            new Placeholder("title"),
            new Literal(":\n"),
            new Placeholder("body"),
            new Literal("\nTask?"));
  }

  @Test
  void doubledBracesAreText() {
    assertThat(PromptTemplate.parse("{{\"a\": {{}}, {x}}}").parts())
        .containsExactly(new Literal("{\"a\": {}, "), new Placeholder("x"), new Literal("}"));
  }

  @Test
  void bracesOnlyInText() {
    PromptTemplate template = PromptTemplate.parse("{{x}}");
    assertThat(template.parts()).containsExactly(new Literal("{x}"));
    assertThat(template.hasPlaceholder()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Sum up {text        | has a { without } at character 8",
        "text} here          | has a } without { at character 5",
        "a {} b              | has a { that no column name and } follow at character 3",
        "{ } b               | has a { that no column name and } follow at character 1",
        "{a{b}               | has a { that no column name and } follow at character 1",
      })
  void saysWhereBracesDoNotMatch(String template, String message) {
    assertThatThrownBy(() -> PromptTemplate.parse(template))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining(message)
        .hasMessageContaining("Write {{ or }}");
  }
}
