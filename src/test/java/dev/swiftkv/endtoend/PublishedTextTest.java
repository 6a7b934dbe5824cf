package dev.swiftkv.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.TestFiles;
import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.Engine;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.FinishReason;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.Request;
import dev.swiftkv.engine.runtime.ResidentEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A public Llama checkpoint against the greedy text that its author published. */
class PublishedTextTest {
  @ParameterizedTest
  @ValueSource(strings = {"auto", "scalar"})
  void theStoryIsTheOneThatWasPublished(String device) throws IOException {
    Path model = TestFiles.shared("models/TinyStories-656K");
    String prompt = Files.readString(model.resolve("prompt.txt"));
    String published = Files.readString(model.resolve("expected_output.txt")).strip();
    EngineConfig config = EngineConfig.forModel(model).withDevice(device).withDtype("f32");
    Request request =
        new Request(new Prompt.Text(prompt), GenerationOptions.defaults().withMaxTokens(400));

    try (Engine engine = ResidentEngine.open(config)) {
      Completion story = engine.submit(request).join();

      // The model spells its end marker out before it ends.
      assertThat(prompt + story.text()).isEqualTo(published).endsWith("<|end_story|>");
      assertThat(story.finishReason()).isEqualTo(FinishReason.STOP);
    }
  }
}
