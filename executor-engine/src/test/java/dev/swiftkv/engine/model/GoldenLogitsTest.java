package dev.swiftkv.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.swiftkv.engine.SharedFiles;
import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Logits and greedy continuations of checkpoints whose reference was computed in double. */
final class GoldenLogitsTest {
  private static final float F32_TOLERANCE = 1e-4f;

  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({
    "scalar,llama-swiftkv-g1",
    "scalar,llama-swiftkv-g2",
    "cpu,llama-swiftkv-g1",
    "cpu,llama-swiftkv-g2"
  })
  void swiftKvLogitsAndGreedyContinuationsEqualTheReference(String device, String name)
      throws IOException {
    Path checkpoint = SharedFiles.require("golden/swiftkv/" + name);
    JsonNode golden = GoldenFiles.json(checkpoint.resolve("golden.json"));
    try (Backend backend = Devices.open(device);
        LoadedModel model = LoadedModel.load(checkpoint, backend, DType.F32)) {
      assertLogits(model, golden.get("tokens"), golden.get("logits"));
      for (int i = 0; i < golden.get("tokens").size(); i++) {
        int[] prompt = GoldenFiles.ints(golden.get("tokens").get(i));
        int[] expected = GoldenFiles.ints(golden.get("greedy_24").get(i));
        assertThat(Greedy.continuation(model, prompt, expected.length, 16)).isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "scalar,tiny_llama,false",
    "scalar,tiny_llama,true",
    "scalar,tiny_qwen2,false",
    "cpu,tiny_llama,false",
    "cpu,tiny_llama,true",
    "cpu,tiny_qwen2,false"
  })
  void plainLogitsEqualTheReference(String device, String name, boolean sharded)
      throws IOException {
    Path files = SharedFiles.require("golden/tiny-checkpoints");
    Files.copy(files.resolve(name + "_config.json"), directory.resolve("config.json"));
    if (sharded) {
      String index = name + ".safetensors.index.json";
      Files.copy(files.resolve(index), directory.resolve("model.safetensors.index.json"));
      for (String shard : new String[] {"-00001-of-00002", "-00002-of-00002"}) {
        String file = name + shard + ".safetensors";
        Files.copy(files.resolve(file), directory.resolve(file));
      }
    } else {
      Files.copy(files.resolve(name + ".safetensors"), directory.resolve("model.safetensors"));
    }
    JsonNode golden = GoldenFiles.json(files.resolve(name + "_logits.json"));
    try (Backend backend = Devices.open(device);
        LoadedModel model = LoadedModel.load(directory, backend, DType.F32)) {
      assertLogits(model, golden.get("sequences"), golden.get("logits"));
    }
  }

  @ParameterizedTest
  @CsvSource({"scalar", "cpu"})
  void trainedModelContinuesItsPromptAsPublished(String device) throws IOException {
    Path checkpoint = SharedFiles.require("models/TinyStories-656K");
    JsonNode golden = GoldenFiles.json(checkpoint.resolve("golden.json"));
    int[] prompt = GoldenFiles.ints(golden.get("prompt_ids"));
    int[] expected = GoldenFiles.ints(golden.get("output_ids"));
    try (Backend backend = Devices.open(device);
        LoadedModel model = LoadedModel.load(checkpoint, backend, DType.F32)) {
      assertThat(Greedy.continuation(model, prompt, expected.length, 64)).isEqualTo(expected);
    }
  }

  private static void assertLogits(LoadedModel model, JsonNode sequences, JsonNode expected) {
    for (int s = 0; s < sequences.size(); s++) {
      int[] tokens = GoldenFiles.ints(sequences.get(s));
      float[][] logits = LogitsRunner.run(model, tokens, 64);
      float[][] inSmallSteps = LogitsRunner.run(model, tokens, 7);
      for (int position = 0; position < tokens.length; position++) {
        JsonNode row = expected.get(s).get(position);
        assertThat(logits[position]).hasSize(row.size());
        for (int v = 0; v < row.size(); v++) {
          assertThat(logits[position][v])
              .as("sequence %d position %d token %d", s, position, v)
              .isCloseTo((float) row.get(v).doubleValue(), within(F32_TOLERANCE));
        }
        assertThat(Arrays.equals(inSmallSteps[position], logits[position])).isTrue();
      }
    }
  }
}
