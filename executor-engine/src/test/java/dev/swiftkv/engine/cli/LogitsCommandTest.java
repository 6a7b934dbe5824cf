package dev.swiftkv.engine.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.engine.SharedFiles;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogitsCommandTest {
  @ParameterizedTest
  @ValueSource(strings = {"llama-swiftkv-g1", "llama-swiftkv-g2"})
  void printsTheReferenceLogits(String name) throws IOException {
    Path model = SharedFiles.require("golden/swiftkv/" + name);
    JsonNode golden = new ObjectMapper().readTree(model.resolve("golden.json").toFile());
    JsonNode tokens = golden.get("tokens");
    JsonNode row = tokens.get(0).isArray() ? tokens.get(0) : tokens;
    JsonNode expected = golden.get("logits");
    expected = tokens.get(0).isArray() ? expected.get(0) : expected;
    String ids = row.toString().replaceAll("[\\[\\]\\s]", "");
    CommandRun run =
        CommandRun.of(
            "logits", "--model", model.toString(), "--tokens", ids, "--dtype", "f32", "--json");
    assertThat(run.err()).isEmpty();
    JsonNode logits = new ObjectMapper().readTree(run.out()).get("logits");
    assertThat(logits).hasSameSizeAs(expected);
    for (int position = 0; position < expected.size(); position++) {
      for (int id = 0; id < expected.get(position).size(); id++) {
        assertThat(logits.get(position).get(id).asDouble())
            .isCloseTo(expected.get(position).get(id).asDouble(), within(1e-4));
      }
    }
  }

  @Test
  void printsTheLikeliestForPeople() {
    CommandRun run = CommandRun.of("logits", "--tokens", "0,1071,1072");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).hasLineCount(3).contains("position 1, token 1071: ");
  }

  @Test
  void refusesTokensThatAreNone() {
    CommandRun run = CommandRun.of("logits", "--tokens", "0,99999");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("Token id 99999 is outside the model's vocabulary of 2048");
    assertThat(CommandRun.of("logits", "--tokens", "a").exitCode()).isEqualTo(2);
    assertThat(CommandRun.of("logits").exitCode()).isEqualTo(2);
  }
}
