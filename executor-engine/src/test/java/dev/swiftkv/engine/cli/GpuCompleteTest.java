package dev.swiftkv.engine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.engine.SharedFiles;
import dev.swiftkv.kernels.cuda.EmulatedGpu;
import dev.swiftkv.kernels.cuda.EmulatedMachine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line on a GPU, from the checkpoint to the text. */
class GpuCompleteTest {
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
}
