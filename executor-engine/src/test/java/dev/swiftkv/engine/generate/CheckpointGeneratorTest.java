package dev.swiftkv.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swiftkv.engine.ChatMessage;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.chat.ChatTemplate;
import dev.swiftkv.engine.checkpoint.Checkpoint;
import dev.swiftkv.engine.config.ModelConfig;
import dev.swiftkv.engine.tokenizer.Tokenizer;
import dev.swiftkv.kernels.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CheckpointGeneratorTest {
  private static final String TEXT =
      "The caf\u00e9's 12 ducks \u2013 \ud83e\udd86 \u2013 swam\n\tnorth.";

  @TempDir private Path directory;

  @Test
  void equalSpecificationsGiveEqualFilesAndOtherSeedsOtherWeights() throws IOException {
    CheckpointGenerator.generate(small("qwen2").build(), directory.resolve("a"));
    CheckpointGenerator.generate(small("qwen2").build(), directory.resolve("b"));
    CheckpointGenerator.generate(small("qwen2").seed(9).build(), directory.resolve("c"));
    try (Stream<Path> files = Files.list(directory.resolve("a"))) {
      for (Path file : files.toList()) {
        assertThat(directory.resolve("b").resolve(file.getFileName())).hasSameBinaryContentAs(file);
      }
    }
    assertThat(Files.mismatch(weights("a"), weights("c"))).isGreaterThan(0);
  }

  @Test
  void laterLayersKeepTheTeachersProjections() {
    CheckpointGenerator.generate(
        small("llama-swiftkv").keyValueGroupSize(2).build(), directory.resolve("model"));
    try (Checkpoint checkpoint = Checkpoint.open(directory.resolve("model"))) {
      String third = "model.layers.3.self_attn.";
      assertThat(checkpoint.names())
          .contains("model.norm_swiftkv.weight", third + "k_proj.weight")
          .contains("model.layers.2.self_attn.v_proj_swiftkv.weight")
          .contains(third + "q_proj_swiftkv.weight")
          .doesNotContain(third + "k_proj_swiftkv.weight");
    }
  }

  @Test
  void valuesHaveTheDeviationThatKeepsActivationsNearOne() {
    CheckpointGenerator.generate(small("llama").build(), directory.resolve("model"));
    try (Checkpoint checkpoint = Checkpoint.open(directory.resolve("model"))) {
      float[] row = new float[64];
      double squares = 0;
      for (int i = 0; i < 300; i++) {
        checkpoint.matrix("lm_head.weight", 300, 64).readRow(i, row);
        for (float value : row) {
          squares += value * value;
        }
      }
      assertThat(Math.sqrt(squares / 300)).isCloseTo(1, within(0.02));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {260, 300, 5000, 32_000})
  void tokenizerHasEveryIdAndKeepsAnyText(int vocabularySize) {
    Path model = directory.resolve("model");
    CheckpointGenerator.generate(small("llama").vocabularySize(vocabularySize).build(), model);
    try (Tokenizer tokenizer = Tokenizer.open(model)) {
      assertThat(tokenizer.vocabularySize()).isEqualTo(vocabularySize);
      int[] ids = tokenizer.encode(TEXT, true);
      assertThat(ids[0]).isZero();
      assertThat(tokenizer.decode(ids, true)).isEqualTo(TEXT);
      assertThat(tokenizer.decode(new int[] {vocabularySize - 1}, false)).isNotEmpty();
    }
  }

  @Test
  void qwenTokenizerAddsNoToken() {
    Path model = directory.resolve("model");
    CheckpointGenerator.generate(small("qwen2").build(), model);
    try (Tokenizer tokenizer = Tokenizer.open(model)) {
      assertThat(tokenizer.encode("a", true)).containsExactly('a' + 4);
    }
  }

  @Test
  void chatTemplateMarksTurnsWithTokensOfTheVocabulary() {
    Path model = directory.resolve("model");
    CheckpointGenerator.generate(small("llama").build(), model);
    String turns =
        ChatTemplate.open(model).orElseThrow().render(List.of(new ChatMessage("user", "Hi")), true);
    assertThat(turns).isEqualTo("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n");
    try (Tokenizer tokenizer = Tokenizer.open(model)) {
      assertThat(tokenizer.encode(turns, false)).startsWith(2).contains(3);
    }
  }

  @Test
  void configurationIsReadBack() {
    Path model = directory.resolve("model");
    CheckpointGenerator.generate(
        small("llama-swiftkv").keyValueLayers(1).keyValueGroupSize(3).build(), model);
    ModelConfig config = ModelConfig.read(model);
    assertThat(config.family()).isEqualTo("llama-swiftkv");
    assertThat(config.keyValueLayers()).isEqualTo(1);
    assertThat(config.cacheCount()).isEqualTo(2);
    assertThat(config.headSize()).isEqualTo(64);
    assertThat(config.bosTokenId()).isZero();
    assertThat(config.eosTokenIds()).containsExactly(1, 3);
  }

  @Test
  void outputThatExistsIsLeftAlone() throws IOException {
    Path taken = Files.createDirectory(directory.resolve("taken"));
    Files.writeString(taken.resolve("notes.txt"), "mine");
    assertThatThrownBy(() -> CheckpointGenerator.generate(small("llama").build(), taken))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.category()).isEqualTo(ErrorCategory.INVALID_OPTION))
        .hasMessageContaining("taken exists already");
    assertThat(taken.resolve("notes.txt")).hasContent("mine");
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).containsExactly(taken);
    }
  }

  @Test
  void checkpointLargerThanTheDiskIsRefusedBeforeItIsWritten() {
    CheckpointSpec.Builder huge = small("llama").hiddenSize(1 << 20).headSize(64).layers(100_000);
    assertThatThrownBy(() -> CheckpointGenerator.generate(huge.build(), directory.resolve("huge")))
        .hasMessageContaining("The checkpoint needs");
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void specificationsThatDoNotFitAreRefused() {
    List<CheckpointSpec.Builder> wrong =
        List.of(
            small("llama").vocabularySize(259),
            small("llama").layers(-1),
            small("llama").heads(4).kvHeads(3),
            small("llama").headSize(5),
            small("llama").keyValueLayers(2),
            small("llama-swiftkv").keyValueLayers(5),
            small("llama-swiftkv").keyValueLayers(1).keyValueGroupSize(2),
            small("llama").dtype(DType.F16));
    List<String> named =
        List.of(
            "vocabularySize must be at least 260, got 259",
            "layers must be at least 1",
            "kvHeads must be a divisor of heads 4",
            "headSize must be even",
            "keyValueLayers must be left out",
            "keyValueLayers must be at most layers 4",
            "keyValueGroupSize must be a divisor of the 3 later layers",
            "dtype must be f32 or bf16");
    for (int i = 0; i < wrong.size(); i++) {
      assertThatThrownBy(wrong.get(i)::build).hasMessageContaining(named.get(i));
    }
    assertThatThrownBy(() -> CheckpointSpec.of("bloom"))
        .hasMessageContaining("no model family 'bloom'. Use one of: llama, llama-swiftkv, qwen2");
  }

  private Path weights(String name) {
    return directory.resolve(name).resolve("model.safetensors");
  }

  private static CheckpointSpec.Builder small(String family) {
    return CheckpointSpec.of(family).vocabularySize(300).hiddenSize(64).layers(4);
  }
}
