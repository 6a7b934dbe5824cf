package dev.swiftkv.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.FinishReason;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.Request;
import dev.swiftkv.engine.SharedFiles;
import dev.swiftkv.kernels.Backends;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Held-out documents as reference implementations answered them in f32, through the engine. Plain
 * Java answers only the first of them, because it takes minutes for all; {@code
 * -Dswiftkv.slowTests=true} makes it.
 */
final class GoldenDocumentsTest {
  @ParameterizedTest
  @CsvSource({
    "scalar,f32,shipped,6",
    "scalar,bf16,shipped,3",
    "scalar,f32,base,3",
    "scalar,bf16,base,3",
    "scalar,f32,swiftkv-g1,3",
    "scalar,f32,swiftkv-g2,3",
    "scalar,bf16,swiftkv-g2,3",
    "cpu,f32,shipped,36",
    "cpu,bf16,shipped,36",
    "cpu,f32,base,36",
    "cpu,bf16,base,36",
    "cpu,f32,swiftkv-g1,36",
    "cpu,bf16,swiftkv-g1,36",
    "cpu,f32,swiftkv-g2,36",
    "cpu,bf16,swiftkv-g2,36"
  })
  void answersEqualTheReference(String device, String dtype, String name, int quickRows)
      throws IOException {
    assumeTrue(
        Backends.describe().matches("(?s)(.*, )?" + device + "(,.*)?"),
        () -> "Skipped: device %s is not here: %s".formatted(device, Backends.describe()));
    Path checkpoint =
        name.equals("shipped")
            ? SharedFiles.demonstrationModel()
            : SharedFiles.require("models/support-threads/" + name);
    JsonNode golden =
        new ObjectMapper()
            .readTree(Files.readAllBytes(checkpoint.resolve("golden.json")))
            .get("rows");
    int rows = Boolean.getBoolean("swiftkv.slowTests") ? golden.size() : quickRows;
    EngineConfig config =
        EngineConfig.forModel(checkpoint)
            .withDevice(device)
            .withDtype(dtype)
            .withKvCacheBytes(256L << 20);
    try (ResidentEngine engine = ResidentEngine.open(config)) {
      List<CompletableFuture<Completion>> answers = new ArrayList<>();
      for (int i = 0; i < rows; i++) {
        answers.add(engine.submit(request(golden.get(i))));
      }
      for (int i = 0; i < rows; i++) {
        assertAnswer(answers.get(i).join(), golden.get(i), i);
      }
    }
  }

  private static Request request(JsonNode row) {
    return new Request(
        new Prompt.Text(row.get("prompt").textValue()),
        GenerationOptions.defaults().withMaxTokens(row.get("greedy_ids").size()));
  }

  private static void assertAnswer(Completion completion, JsonNode row, int index) {
    List<Integer> ids = new ArrayList<>();
    row.get("greedy_ids").forEach(id -> ids.add(id.intValue()));
    assertThat(completion.errorOrNull()).isNull();
    assertThat(completion.promptTokens()).isEqualTo(row.get("prompt_ids").size());
    assertThat(completion.tokenIds()).as("ids of row %d", index).isEqualTo(ids);
    // The reference stripped its text.
    assertThat(completion.text().strip()).isEqualTo(row.get("greedy_text").textValue());
    assertThat(completion.finishReason()).isIn(FinishReason.STOP, FinishReason.LENGTH);
  }
}
