package dev.swiftkv.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.generate.CheckpointGenerator;
import dev.swiftkv.engine.generate.CheckpointSpec;
import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Generated checkpoints of every family against their definition in double precision. */
final class GeneratedModelTest {
  private static final double F32_TOLERANCE = 1e-4;

  /** Logits have deviation 1; bf16 keeps 8 bits of each operand of some 20 products in a row. */
  private static final double BF16_TOLERANCE = 0.1;

  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({
    "scalar,llama,0,1,false",
    "scalar,llama,0,1,true",
    "scalar,llama-swiftkv,3,1,false",
    "scalar,llama-swiftkv,2,2,true",
    "scalar,llama-swiftkv,2,4,false",
    "scalar,llama-swiftkv,6,1,false",
    "scalar,qwen2,0,1,true",
    "scalar,qwen2-swiftkv,2,2,false",
    "cpu,llama,0,1,true",
    "cpu,llama-swiftkv,3,1,false",
    "cpu,llama-swiftkv,2,2,true",
    "cpu,qwen2,0,1,true",
    "cpu,qwen2-swiftkv,2,2,false"
  })
  void logitsEqualTheDefinition(
      String device, String family, int keyValueLayers, int groupSize, boolean tied)
      throws IOException {
    Path checkpoint = directory.resolve("model");
    CheckpointGenerator.generate(
        spec(family)
            .keyValueLayers(keyValueLayers)
            .keyValueGroupSize(groupSize)
            .tiedEmbeddings(tied)
            .build(),
        checkpoint);
    assertLogits(device, checkpoint, DType.F32, F32_TOLERANCE);
  }

  @ParameterizedTest
  @CsvSource({"scalar", "cpu"})
  void llama3RopeScalingEqualsTheDefinition(String device) throws IOException {
    Path checkpoint = directory.resolve("model");
    CheckpointGenerator.generate(spec("llama").build(), checkpoint);
    ObjectMapper mapper = new ObjectMapper();
    Path file = checkpoint.resolve("config.json");
    ObjectNode config = (ObjectNode) mapper.readTree(file.toFile());
    config
        .putObject("rope_scaling")
        .put("rope_type", "llama3")
        .put("factor", 8.0)
        .put("low_freq_factor", 1.0)
        .put("high_freq_factor", 4.0)
        .put("original_max_position_embeddings", 64);
    mapper.writeValue(file.toFile(), config);
    assertLogits(device, checkpoint, DType.F32, F32_TOLERANCE);
  }

  @ParameterizedTest
  @CsvSource({"scalar,llama", "scalar,llama-swiftkv", "cpu,llama", "cpu,llama-swiftkv"})
  void bf16StaysNearTheDefinition(String device, String family) throws IOException {
    Path checkpoint = directory.resolve("model");
    CheckpointGenerator.generate(spec(family).build(), checkpoint);
    assertLogits(device, checkpoint, DType.BF16, BF16_TOLERANCE);
  }

  @ParameterizedTest
  @CsvSource({"scalar", "cpu"})
  void shardsEqualOneFile(String device) {
    Path single = directory.resolve("single");
    Path sharded = directory.resolve("sharded");
    CheckpointGenerator.generate(spec("llama-swiftkv").build(), single);
    CheckpointGenerator.generate(spec("llama-swiftkv").build(), sharded, 200_000);
    assertThat(sharded.resolve("model.safetensors.index.json")).exists();
    assertSameLogits(device, single, sharded);
  }

  @ParameterizedTest
  @CsvSource({"scalar,llama", "scalar,qwen2-swiftkv", "cpu,llama-swiftkv"})
  void weightsThatAreMadeWhenLoadedGiveTheLogitsOfTheDefinition(String device, String family)
      throws IOException {
    Path checkpoint = directory.resolve("model");
    CheckpointGenerator.describe(spec(family).build(), checkpoint);
    assertThat(checkpoint.resolve("model.safetensors")).doesNotExist();
    assertLogits(device, checkpoint, DType.F32, F32_TOLERANCE);
  }

  @ParameterizedTest
  @CsvSource({"scalar", "cpu"})
  void swiftKvThatKeepsAllLayersEqualsThePlainModel(String device) {
    Path plain = directory.resolve("plain");
    Path swift = directory.resolve("swift");
    CheckpointGenerator.generate(spec("llama").build(), plain);
    CheckpointGenerator.generate(spec("llama-swiftkv").keyValueLayers(6).build(), swift);
    assertSameLogits(device, plain, swift);
  }

  @Test
  void modelThatCannotLoadLeavesNothingAllocated() throws IOException {
    Path checkpoint = directory.resolve("model");
    CheckpointGenerator.generate(spec("llama-swiftkv").build(), checkpoint);
    Path file = checkpoint.resolve("config.json");
    Files.writeString(
        file,
        Files.readString(file).replace("\"num_hidden_layers\" : 6", "\"num_hidden_layers\" : 7"));
    try (Backend backend = Devices.open("scalar")) {
      assertThatThrownBy(() -> LoadedModel.load(checkpoint, backend, DType.F32))
          .isInstanceOfSatisfying(
              EngineException.class,
              e -> assertThat(e.category()).isEqualTo(ErrorCategory.INVALID_CHECKPOINT))
          .hasMessageContaining("lacks tensor model.layers.6.");
      assertThat(backend.memory().allocatedBytes()).isZero();
    }
  }

  @Test
  void dtypeThatTheDeviceLacksIsRefused() {
    Path checkpoint = directory.resolve("model");
    CheckpointGenerator.generate(spec("llama").build(), checkpoint);
    try (Backend backend = Devices.open("scalar")) {
      assertThatThrownBy(() -> LoadedModel.load(checkpoint, backend, DType.F16))
          .isInstanceOfSatisfying(
              EngineException.class,
              e -> assertThat(e.category()).isEqualTo(ErrorCategory.UNSUPPORTED))
          .hasMessageContaining("does not compute in F16");
    }
  }

  @Test
  void tokensOutsideTheVocabularyOrContextAreRefused() {
    Path checkpoint = directory.resolve("model");
    CheckpointGenerator.generate(spec("llama").build(), checkpoint);
    try (Backend backend = Devices.open("scalar");
        LoadedModel model = LoadedModel.load(checkpoint, backend, DType.F32)) {
      assertThatThrownBy(() -> LogitsRunner.run(model, new int[] {300}, 8))
          .hasMessageContaining("Token id 300 is outside the model's vocabulary of 300");
      assertThatThrownBy(() -> LogitsRunner.run(model, new int[257], 8))
          .hasMessageContaining("1 to 256 tokens");
      assertThatThrownBy(() -> LogitsRunner.run(model, new int[0], 8))
          .hasMessageContaining("got 0");
    }
  }

  private static CheckpointSpec.Builder spec(String family) {
    return CheckpointSpec.of(family)
        .vocabularySize(300)
        .hiddenSize(48)
        .intermediateSize(100)
        .layers(6)
        .heads(6)
        .kvHeads(2)
        .headSize(16)
        .contextLength(256)
        .dtype(DType.F32)
        .seed(7);
  }

  private static int[] tokens() {
    return new Random(11).ints(75, 0, 300).toArray();
  }

  private static void assertLogits(String device, Path checkpoint, DType dtype, double tolerance)
      throws IOException {
    try (Backend backend = Devices.open(device);
        NaiveDecoder naive = new NaiveDecoder(checkpoint);
        LoadedModel model = LoadedModel.load(checkpoint, backend, dtype)) {
      double[][] expected = naive.logits(tokens());
      float[][] logits = LogitsRunner.run(model, tokens(), 1000);
      float[][] inSteps = LogitsRunner.run(model, tokens(), 7);
      double difference = 0;
      for (int position = 0; position < expected.length; position++) {
        for (int v = 0; v < expected[position].length; v++) {
          difference = Math.max(difference, Math.abs(logits[position][v] - expected[position][v]));
        }
      }
      assertThat(difference).as("largest difference").isLessThan(tolerance);
      assertThat(Arrays.deepEquals(inSteps, logits)).as("chunked equals whole").isTrue();
    }
  }

  private static void assertSameLogits(String device, Path one, Path other) {
    try (Backend backend = Devices.open(device);
        LoadedModel first = LoadedModel.load(one, backend, DType.F32);
        LoadedModel second = LoadedModel.load(other, backend, DType.F32)) {
      assertThat(
              Arrays.deepEquals(
                  LogitsRunner.run(second, tokens(), 32), LogitsRunner.run(first, tokens(), 32)))
          .isTrue();
    }
  }
}
