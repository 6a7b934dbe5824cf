package dev.swiftkv.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.engine.SharedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ids and text against the reference implementation's. */
class TokenizerGoldenTest {
  private static final int VECTORS = 47;

  @ParameterizedTest
  @ValueSource(strings = {"llama3", "qwen2.5"})
  void givesTheIdsOfEveryVector(String name) throws IOException {
    Path directory = SharedFiles.require("golden/tokenizers/" + name);
    String[] texts =
        Files.readString(directory.resolve("vectors.inp")).split("\n__ggml_vocab_test__\n", -1);
    String[] lines = Files.readString(directory.resolve("vectors.out")).split("\n", -1);
    assertThat(texts).hasSize(VECTORS);
    try (Tokenizer tokenizer = Tokenizer.open(directory)) {
      for (int i = 0; i < VECTORS; i++) {
        int[] expected =
            Arrays.stream(lines[i].trim().split(" "))
                .filter(word -> !word.isEmpty())
                .mapToInt(Integer::parseInt)
                .toArray();
        int[] ids = tokenizer.encode(texts[i], false);
        assertThat(ids).as("vector %d: %s", i, texts[i]).isEqualTo(expected);
        assertThat(tokenizer.decode(ids, true)).as("vector %d", i).isEqualTo(texts[i]);
      }
    }
  }

  @TestFactory
  List<DynamicTest> givesTheIdsAndTextOfSmallTokenizers() throws IOException {
    Path folder = SharedFiles.require("golden/tokenizers");
    JsonNode root = new ObjectMapper().readTree(folder.resolve("hf_tokenizer_cases.json").toFile());
    List<DynamicTest> tests = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : root.properties()) {
      Path file = folder.resolve(entry.getValue().get("tokenizer").asText());
      tests.add(
          dynamicTest(
              entry.getKey(),
              () -> {
                assumeTrue(Files.exists(file), () -> "Skipped: no " + file);
                check(file, entry.getValue().get("cases"));
              }));
    }
    return tests;
  }

  private static void check(Path file, JsonNode cases) {
    try (Tokenizer tokenizer = Tokenizer.openFile(file)) {
      for (JsonNode one : cases) {
        String text = one.get("text").asText();
        int[] expected = ints(one.get("ids"));
        assertThat(tokenizer.encode(text, false)).as(text).isEqualTo(expected);
        assertThat(tokenizer.decode(expected, true))
            .as(text)
            .isEqualTo(one.get("decoded").asText());
      }
    }
  }

  @Test
  void framesAPromptLikeThePublishedModel() throws IOException {
    Path model = SharedFiles.require("models/TinyStories-656K");
    JsonNode golden = new ObjectMapper().readTree(model.resolve("golden.json").toFile());
    try (Tokenizer tokenizer = Tokenizer.open(model)) {
      String prompt = golden.get("prompt").asText();
      assertThat(tokenizer.encode(prompt, true)).isEqualTo(ints(golden.get("prompt_ids")));
    }
  }

  private static int[] ints(JsonNode array) {
    int[] result = new int[array.size()];
    for (int i = 0; i < result.length; i++) {
      result[i] = array.get(i).asInt();
    }
    return result;
  }
}
