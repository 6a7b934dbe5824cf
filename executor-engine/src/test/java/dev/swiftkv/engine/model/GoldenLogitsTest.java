package dev.swiftkv.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.swiftkv.engine.SharedFiles;
import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.cuda.EmulatedMachine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Logits and greedy continuations of checkpoints whose reference was computed in double. */
final class GoldenLogitsTest {
  private static final double F32_TOLERANCE = 1e-4;

  /** Plain Java measures 0.12 at worst over 94 positions of 2,048 logits. */
  private static final float BF16_TOLERANCE = 0.25f;

  /** Of random weights, which do not forgive what trained ones do. */
  private static final double BF16_RELATIVE_TOLERANCE = 2e-2;

  @RegisterExtension
  static final EmulatedMachine GPU = EmulatedMachine.orNone("capability=9.0 threads=2");

  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({
    "scalar,llama-swiftkv-g1",
    "scalar,llama-swiftkv-g2",
    "cpu,llama-swiftkv-g1",
    "cpu,llama-swiftkv-g2",
    "cuda,llama-swiftkv-g1",
    "cuda,llama-swiftkv-g2"
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
    "cpu,tiny_qwen2,false",
    "cuda,tiny_llama,false",
    "cuda,tiny_qwen2,false"
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
  @CsvSource({"scalar", "cpu", "cuda"})
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

  /** Teacher-forced: every position sees the reference's tokens, so that errors do not compound. */
  @ParameterizedTest
  @CsvSource({"scalar", "cpu", "cuda"})
  void bf16LogitsOfATrainedModelStayNearF32(String device) throws IOException {
    Path checkpoint = SharedFiles.require("models/TinyStories-656K");
    JsonNode golden = GoldenFiles.json(checkpoint.resolve("golden.json"));
    int[] prompt = GoldenFiles.ints(golden.get("prompt_ids"));
    int[] output = GoldenFiles.ints(golden.get("output_ids"));
    int[] tokens = Arrays.copyOf(prompt, prompt.length + output.length);
    System.arraycopy(output, 0, tokens, prompt.length, output.length);
    try (Backend backend = Devices.open(device);
        LoadedModel exact = LoadedModel.load(checkpoint, backend, DType.F32);
        LoadedModel rounded = LoadedModel.load(checkpoint, backend, DType.BF16)) {
      float[][] expected = LogitsRunner.run(exact, tokens, 64);
      float[][] logits = LogitsRunner.run(rounded, tokens, 64);
      float difference = 0;
      for (int position = 0; position < tokens.length; position++) {
        for (int v = 0; v < logits[position].length; v++) {
          difference = Math.max(difference, Math.abs(logits[position][v] - expected[position][v]));
        }
      }
      assertThat(difference).as("largest difference").isLessThan(BF16_TOLERANCE);
    }
  }

  /**
   * What rounding to bf16 changes: in all logits of a sequence together, as the length of a vector.
   */
  @ParameterizedTest
  @CsvSource({
    "scalar,llama-swiftkv-g1",
    "scalar,llama-swiftkv-g2",
    "cpu,llama-swiftkv-g1",
    "cpu,llama-swiftkv-g2",
    "cuda,llama-swiftkv-g1",
    "cuda,llama-swiftkv-g2"
  })
  void swiftKvLogitsInBf16AreNearTheReference(String device, String name) throws IOException {
    Path checkpoint = SharedFiles.require("golden/swiftkv/" + name);
    JsonNode golden = GoldenFiles.json(checkpoint.resolve("golden.json"));
    try (Backend backend = Devices.open(device);
        LoadedModel model = LoadedModel.load(checkpoint, backend, DType.BF16)) {
      for (int s = 0; s < golden.get("tokens").size(); s++) {
        int[] tokens = GoldenFiles.ints(golden.get("tokens").get(s));
        float[][] logits = LogitsRunner.run(model, tokens, 64);
        double squares = 0;
        double differences = 0;
        for (int position = 0; position < tokens.length; position++) {
          for (int v = 0; v < logits[position].length; v++) {
            double expected = golden.get("logits").get(s).get(position).get(v).doubleValue();
            squares += expected * expected;
            differences += Math.pow(logits[position][v] - expected, 2);
          }
        }
        assertThat(Math.sqrt(differences / squares))
            .as("sequence %d", s)
            .isLessThan(BF16_RELATIVE_TOLERANCE);
      }
    }
  }

  private static void assertLogits(LoadedModel model, JsonNode sequences, JsonNode expected) {
    for (int s = 0; s < sequences.size(); s++) {
      int[] tokens = GoldenFiles.ints(sequences.get(s));
      float[][] logits = LogitsRunner.run(model, tokens, 64);
      float[][] inSmallSteps = LogitsRunner.run(model, tokens, 7);
      double difference = 0;
      for (int position = 0; position < tokens.length; position++) {
        JsonNode row = expected.get(s).get(position);
        assertThat(logits[position]).hasSize(row.size());
        for (int v = 0; v < row.size(); v++) {
          difference =
              Math.max(difference, Math.abs(logits[position][v] - row.get(v).doubleValue()));
        }
        assertThat(Arrays.equals(inSmallSteps[position], logits[position])).isTrue();
      }
      assertThat(difference).as("sequence %d", s).isLessThan(F32_TOLERANCE);
    }
  }
}
