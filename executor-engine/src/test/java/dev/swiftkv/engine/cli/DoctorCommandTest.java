package dev.swiftkv.engine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.engine.TwinsProvider;
import dev.swiftkv.kernels.Backends;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class DoctorCommandTest {
  @Test
  void tellsWhatThisMachineHasAndChecksEveryDevice() {
    CommandRun run = CommandRun.of("doctor");
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .containsPattern("(?m)^spark-swiftkv +\\S")
        .containsPattern("(?m)^Java +" + System.getProperty("java.version"))
        .containsPattern("(?m)^native files +unpacked below /")
        .containsPattern("(?m)^tokenizer +native library loaded$")
        .containsPattern("(?m)^  processor +\\S.* \\d+ processors for this JVM$")
        .containsPattern("(?m)^scalar +works$")
        .containsPattern("(?m)^twins +works$")
        .containsPattern(
            "(?m)^  device 1\\R    free memory +64 MiB\\R    check +f32 passed: logits differ")
        .contains("--device auto takes " + Backends.best().orElseThrow() + ".");
  }

  @Test
  void aDeviceThatDoesNotComputeIsNotCounted() {
    TwinsProvider.failNext();
    CommandRun run = CommandRun.of("doctor", "--device", "twins");
    assertThat(run.out())
        .containsPattern("(?m)^  device 0 +FAILED$")
        .containsPattern("(?m)^    check +f32 FAILED: a twin failed in ")
        .containsPattern("(?m)^  device 1$")
        .containsPattern("(?m)^twins +works$");
    assertThat(run.exitCode()).isZero();
  }

  @Test
  void looksWithoutComputingWhereAskedTo() {
    CommandRun run = CommandRun.of("doctor", "--no-check", "--device", "scalar");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).containsPattern("(?m)^scalar +can be used$").doesNotContain("check");
    assertThat(run.out()).doesNotContain("twins");
  }

  @Test
  void tellsProgramsTheSame() throws IOException {
    CommandRun run = CommandRun.of("doctor", "--json");
    JsonNode diagnosis = new ObjectMapper().readTree(run.out());
    assertThat(diagnosis.at("/machine/java").asText()).contains(System.getProperty("java.home"));
    assertThat(diagnosis.get("auto").asText()).isEqualTo(Backends.best().orElseThrow());
    assertThat(diagnosis.get("some_device_works").asBoolean()).isTrue();
    JsonNode kinds = diagnosis.get("kinds");
    assertThat(kinds.findValuesAsText("name")).contains("cpu", "scalar", "twins");
    JsonNode twins = kinds.get(kinds.size() - 1);
    assertThat(twins.get("devices")).hasSize(2);
    assertThat(twins.at("/devices/1/checks")).hasSize(2);
    assertThat(twins.at("/devices/1/checks/0/passed").asBoolean()).isTrue();
    assertThat(twins.at("/devices/1/checks/0/difference").asDouble()).isZero();
  }

  @Test
  void refusesAKindThatNoBuildHas() {
    CommandRun run = CommandRun.of("doctor", "--device", "abacus");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("got abacus").contains("scalar");
  }
}
