package dev.swiftkv.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.TestFiles;
import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.Engine;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.FinishReason;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.Request;
import dev.swiftkv.engine.runtime.ResidentEngine;
import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.BackendUnavailableException;
import dev.swiftkv.kernels.Backends;
import dev.swiftkv.kernels.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * 36 held-out prompts of a checkpoint, all at once, against the ids that a reference generated in
 * float32: for the support-threads checkpoints the implementation of the SwiftKV authors, for the
 * shipped one {@code examples/training/reference.py}, which agrees with it. The best two logits are
 * at least 0.3 apart everywhere, so bfloat16 must choose the same ids.
 */
class GoldenCompletionsTest {
  private static final int MAX_TOKENS = 96;

  @ParameterizedTest
  @MethodSource("checkpointsInBothTypes")
  void nativeOperationsGiveTheReferencesIds(String checkpoint, String dtype) throws IOException {
    check(directory(checkpoint), "cpu", dtype);
  }

  @ParameterizedTest
  @MethodSource("checkpointsInBothTypes")
  void javaOperationsGiveTheReferencesIds(String checkpoint, String dtype) throws IOException {
    check(directory(checkpoint), "scalar", dtype);
  }

  private static Stream<Arguments> checkpointsInBothTypes() {
    return Stream.of("shipped", "base", "g1", "g2")
        .flatMap(name -> Stream.of("f32", "bf16").map(dtype -> Arguments.of(name, dtype)));
  }

  /** In g1 every later layer has a cache of its own, in g2 two layers share one. */
  private static Path directory(String checkpoint) {
    return switch (checkpoint) {
      case "shipped" -> TestFiles.demonstrationModel();
      case "base" -> TestFiles.shared("models/support-threads/base");
      case "g1" -> TestFiles.shared("models/support-threads/swiftkv-g1");
      case "g2" -> TestFiles.shared("models/support-threads/swiftkv-g2");
      default -> throw new IllegalArgumentException(checkpoint);
    };
  }

  private static void check(Path model, String device, String dtype) throws IOException {
    assumeDeviceRuns(device, dtype);
    JsonNode rows = new ObjectMapper().readTree(model.resolve("golden.json").toFile()).get("rows");
    assertThat(rows).hasSize(36);
    EngineConfig config = EngineConfig.forModel(model).withDevice(device).withDtype(dtype);
    GenerationOptions options = GenerationOptions.defaults().withMaxTokens(MAX_TOKENS);
    try (Engine engine = ResidentEngine.open(config)) {
      List<CompletableFuture<Completion>> completions = new ArrayList<>();
      for (JsonNode row : rows) {
        Prompt prompt = new Prompt.Text(row.get("prompt").asText());
        completions.add(engine.submit(new Request(prompt, options)));
      }
      for (int i = 0; i < rows.size(); i++) {
        Completion completion = completions.get(i).join();
        JsonNode row = rows.get(i);
        assertThat(completion.error()).isEmpty();
        assertThat(completion.promptTokens()).isEqualTo(row.get("prompt_ids").size());
        assertThat(completion.tokenIds()).as("row %d", i).isEqualTo(ids(row.get("greedy_ids")));
        assertThat(completion.text().strip()).isEqualTo(row.get("greedy_text").asText().strip());
        assertThat(completion.finishReason()).isEqualTo(FinishReason.STOP);
      }
    }
  }

  private static void assumeDeviceRuns(String device, String dtype) {
    try (Backend backend = Backends.open(device, BackendOptions.defaults())) {
      assumeTrue(
          dtype.equals("f32") || backend.computeTypes().contains(DType.BF16),
          () -> backend.description() + " does not run bfloat16");
    } catch (BackendUnavailableException e) {
      assumeTrue(false, e.getMessage());
    }
  }

  private static List<Integer> ids(JsonNode array) {
    List<Integer> ids = new ArrayList<>();
    array.forEach(id -> ids.add(id.asInt()));
    return ids;
  }
}
