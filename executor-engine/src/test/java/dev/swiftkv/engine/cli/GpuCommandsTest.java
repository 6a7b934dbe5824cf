package dev.swiftkv.engine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.engine.SharedFiles;
import dev.swiftkv.kernels.cuda.EmulatedGpu;
import dev.swiftkv.kernels.cuda.EmulatedMachine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line on a GPU. */
class GpuCommandsTest {
  @RegisterExtension
  static final EmulatedMachine GPU = new EmulatedMachine("capability=9.0 threads=2");

  @ParameterizedTest
  @ValueSource(strings = {"9.0", "8.0"})
  void theStoryIsTheOneThatWasPublished(String capability) throws IOException {
    EmulatedGpu.require("threads=2 capability=" + capability);
    Path model = SharedFiles.require("models/TinyStories-656K");
    String prompt = Files.readString(model.resolve("prompt.txt"));
    String published = Files.readString(model.resolve("expected_output.txt")).strip();
    CommandRun run =
        CommandRun.of(
            ("complete --device cuda --dtype f32 --max-tokens 400 --model "
                    + model
                    + " --prompt-file "
                    + model.resolve("prompt.txt"))
                .split(" "));
    assertThat(run.err()).isEmpty();
    assertThat((prompt + run.out()).strip()).isEqualTo(published);
  }

  @Test
  void benchMeasuresWithRecordsAndInTheBackground(@TempDir Path folder) throws IOException {
    Path model = folder.resolve("model");
    CommandRun made =
        CommandRun.of(
            ("make-model --family llama-swiftkv --layers 2 --hidden 64 --heads 4 --vocabulary 512"
                    + " --output "
                    + model)
                .split(" "));
    assertThat(made.exitCode()).isZero();
    CommandRun run =
        CommandRun.of(
            ("bench --device cuda --prompt-tokens 40 --output-tokens 6 --requests 2 --json --model "
                    + model)
                .split(" "));
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(EmulatedGpu.callCount("cuGraphLaunch")).isPositive();
    JsonNode result = new ObjectMapper().readTree(run.out());
    assertThat(result.get("prompt_tokens_per_second").asDouble()).isPositive();
    assertThat(result.at("/prefill_share/gemm").asDouble()).isPositive();
    assertThat(result.at("/prefill_share/attention").asDouble()).isPositive();
    assertThat(run.err()).contains("where the time goes");
  }
}
