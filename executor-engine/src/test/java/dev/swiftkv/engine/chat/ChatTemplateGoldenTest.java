package dev.swiftkv.engine.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.engine.ChatMessage;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.SharedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Prompts against those that Python's Jinja renders. */
class ChatTemplateGoldenTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int CASES = 96;

  /** Family, beginning and end of a sequence; empty for the rest. */
  private static final Map<String, List<String>> TOKENS =
      Map.of(
          "llama2", List.of("<s>", "</s>"),
          "mistral", List.of("<s>", "</s>"),
          "zephyr", List.of("<s>", "</s>"),
          "llama3", List.of("<|begin_of_text|>", "<|eot_id|>"),
          "gemma", List.of("<bos>", "<eos>"),
          "phi3", List.of("<s>", "<|endoftext|>"),
          "phi4mini", List.of("<|endoftext|>", "<|endoftext|>"),
          "deepseek", List.of("<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"));

  @TestFactory
  List<DynamicTest> rendersEveryCase(@TempDir Path folder) throws IOException {
    Path file = SharedFiles.require("golden/chat-templates/chat_template_cases.json");
    List<DynamicTest> tests = new ArrayList<>();
    for (Map.Entry<String, JsonNode> family : JSON.readTree(file.toFile()).properties()) {
      ChatTemplate template = install(folder, family.getKey(), family.getValue());
      int number = 0;
      for (JsonNode one : family.getValue().get("cases")) {
        tests.add(dynamicTest(family.getKey() + " " + number++, () -> check(template, one)));
      }
    }
    assertThat(tests).hasSize(CASES);
    return tests;
  }

  /** Writes the files of a checkpoint, in both of the ways in which templates are published. */
  private static ChatTemplate install(Path folder, String family, JsonNode entry)
      throws IOException {
    Path directory = Files.createDirectories(folder.resolve(family));
    List<String> tokens = TOKENS.getOrDefault(family, List.of("", ""));
    Map<String, Object> config = new HashMap<>();
    config.put("bos_token", Map.of("content", tokens.get(0)));
    config.put("eos_token", tokens.get(1));
    String source = entry.get("template").asText();
    if (family.startsWith("qwen")) {
      Files.writeString(directory.resolve("chat_template.jinja"), source);
    } else if (family.startsWith("phi")) {
      config.put("chat_template", List.of(Map.of("name", "default", "template", source)));
    } else {
      config.put("chat_template", source);
    }
    JSON.writeValue(directory.resolve("tokenizer_config.json").toFile(), config);
    return ChatTemplate.open(directory).orElseThrow();
  }

  private static void check(ChatTemplate template, JsonNode one) {
    boolean addGenerationPrompt = one.get("add_generation_prompt").asBoolean();
    List<Map<String, Object>> turns =
        JSON.convertValue(one.get("messages"), new TypeReference<>() {});
    Map<String, Object> variables = new HashMap<>();
    if (one.has("reasoning_effort")) {
      String effort = one.get("reasoning_effort").asText();
      variables.put("enable_thinking", !effort.equals("off"));
      if (!effort.equals("off")) {
        variables.put("reasoning_effort", effort);
      }
    }
    if (one.path("raises").asBoolean()) {
      assertThatExceptionOfType(EngineException.class)
          .isThrownBy(() -> template.render(turns, addGenerationPrompt, variables))
          .withMessageContaining(one.get("error").asText())
          .extracting(EngineException::category)
          .isEqualTo(ErrorCategory.INVALID_PROMPT);
      return;
    }
    String expected = one.get("expected").asText();
    assertThat(template.render(turns, addGenerationPrompt, variables)).isEqualTo(expected);
    if (variables.isEmpty()) {
      List<ChatMessage> messages =
          turns.stream()
              .map(turn -> new ChatMessage((String) turn.get("role"), (String) turn.get("content")))
              .toList();
      assertThat(template.render(messages, addGenerationPrompt)).isEqualTo(expected);
    }
  }
}
