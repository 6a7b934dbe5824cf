package dev.swiftkv.engine.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads {@code model.safetensors.index.json}: which file holds which tensor. */
final class ShardIndex {
  private ShardIndex() {}

  /** Tensor names to files, all of which exist. */
  static Map<String, Path> read(Path index) {
    JsonNode map = weightMap(index);
    Map<String, Path> shards = new LinkedHashMap<>();
    map.properties()
        .forEach(
            field -> shards.put(field.getKey(), shard(index, field.getKey(), field.getValue())));
    return shards;
  }

  private static JsonNode weightMap(Path index) {
    try {
      JsonNode map = new ObjectMapper().readTree(Files.readAllBytes(index)).path("weight_map");
      if (!map.isObject() || map.isEmpty()) {
        throw new EngineException(
            ErrorCategory.INVALID_CHECKPOINT,
            "%s has no weight_map, so no tensor can be found. Download it again".formatted(index));
      }
      return map;
    } catch (IOException e) {
      throw new EngineException(
          ErrorCategory.INVALID_CHECKPOINT,
          "%s cannot be read as JSON (%s). Download it again"
              .formatted(index, String.valueOf(e.getMessage()).lines().findFirst().orElse("")),
          e);
    }
  }

  private static Path shard(Path index, String tensor, JsonNode value) {
    String name = value.asText();
    // An index from the internet must not reach files outside the checkpoint.
    if (!value.isTextual() || name.isEmpty() || name.contains("/") || name.contains("\\")) {
      throw new EngineException(
          ErrorCategory.INVALID_CHECKPOINT,
          "%s puts tensor %s into %s; shards are plain file names beside the index"
              .formatted(index, tensor, value));
    }
    Path shard = index.resolveSibling(name);
    if (!Files.isRegularFile(shard)) {
      throw new EngineException(
          ErrorCategory.INVALID_CHECKPOINT,
          "%s is missing; %s puts tensor %s there. Download the shard"
              .formatted(shard, index.getFileName(), tensor));
    }
    return shard;
  }
}
