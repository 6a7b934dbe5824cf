package dev.swiftkv.engine.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a checkpoint's files say about conversations.
 *
 * @param source of the template, if there is one
 * @param specialTokens by their names in templates, such as {@code bos_token}
 */
record TemplateFiles(Optional<String> source, Map<String, Object> specialTokens) {
  private static final String TEMPLATE_FILE = "chat_template.jinja";
  private static final String CONFIG_FILE = "tokenizer_config.json";
  private static final String SPECIAL_FILE = "special_tokens_map.json";
  private static final String FIELD = "chat_template";

  private static final List<String> SPECIAL =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token",
          "additional_special_tokens");

  static TemplateFiles read(Path directory) {
    JsonNode config = readJson(directory.resolve(CONFIG_FILE));
    Map<String, Object> tokens = new LinkedHashMap<>();
    addSpecialTokens(readJson(directory.resolve(SPECIAL_FILE)), tokens);
    addSpecialTokens(config, tokens);
    Path template = directory.resolve(TEMPLATE_FILE);
    return new TemplateFiles(
        Files.isRegularFile(template)
            ? Optional.of(readText(template))
            : template(config.path(FIELD), directory),
        tokens);
  }

  private static Optional<String> template(JsonNode field, Path directory) {
    if (field.isMissingNode() || field.isNull()) {
      return Optional.empty();
    }
    if (field.isTextual()) {
      return Optional.of(field.asText());
    }
    for (JsonNode named : field) {
      if (named.path("name").asText().equals("default") && named.path("template").isTextual()) {
        return Optional.of(named.path("template").asText());
      }
    }
    throw new EngineException(
        ErrorCategory.INVALID_CHECKPOINT,
        "%s in %s is neither a text nor a list with a template named default"
            .formatted(FIELD, directory.resolve(CONFIG_FILE)));
  }

  private static void addSpecialTokens(JsonNode config, Map<String, Object> tokens) {
    for (String name : SPECIAL) {
      JsonNode value = config.path(name);
      if (value.isArray()) {
        List<String> several = new ArrayList<>();
        value.forEach(one -> several.add(tokenText(one)));
        tokens.put(name, several);
      } else if (value.isTextual() || value.isObject()) {
        tokens.put(name, tokenText(value));
      }
    }
  }

  /** A token is written as its text or as an object that holds it. */
  private static String tokenText(JsonNode token) {
    return token.isObject() ? token.path("content").asText() : token.asText();
  }

  private static JsonNode readJson(Path path) {
    ObjectMapper mapper = new ObjectMapper();
    if (!Files.isRegularFile(path)) {
      return mapper.createObjectNode();
    }
    try {
      return mapper.readTree(Files.readString(path));
    } catch (IOException e) {
      throw damaged(path, e);
    }
  }

  private static String readText(Path path) {
    try {
      return Files.readString(path);
    } catch (IOException e) {
      throw damaged(path, e);
    }
  }

  private static EngineException damaged(Path path, IOException e) {
    String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    return new EngineException(
        ErrorCategory.INVALID_CHECKPOINT,
        "The file %s is damaged: %s; fetch it again".formatted(path, message),
        e);
  }
}
