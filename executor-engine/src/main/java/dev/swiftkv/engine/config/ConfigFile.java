package dev.swiftkv.engine.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A JSON object whose fields are read with their range checked and errors that name the file. */
final class ConfigFile {
  private final Path file;
  private final String prefix;
  private final JsonNode fields;

  private ConfigFile(Path file, String prefix, JsonNode fields) {
    this.file = file;
    this.prefix = prefix;
    this.fields = fields;
  }

  static ConfigFile read(Path file) {
    try {
      JsonNode root = new ObjectMapper().readTree(Files.readAllBytes(file));
      if (!root.isObject()) {
        throw new EngineException(
            ErrorCategory.INVALID_CHECKPOINT,
            "%s must hold a JSON object, got %s. Download the file again"
                .formatted(file, root.isMissingNode() ? "nothing" : root.getNodeType()));
      }
      return new ConfigFile(file, "", root);
    } catch (JsonProcessingException e) {
      throw new EngineException(
          ErrorCategory.INVALID_CHECKPOINT,
          "%s is not JSON (%s). Download the file again".formatted(file, e.getOriginalMessage()),
          e);
    } catch (IOException e) {
      throw new EngineException(
          ErrorCategory.INVALID_CHECKPOINT,
          "%s cannot be read (%s). Check its permissions".formatted(file, e),
          e);
    }
  }

  Path file() {
    return file;
  }

  boolean has(String field) {
    return fields.hasNonNull(field);
  }

  /** The object in a field; empty where it is absent or null. */
  ConfigFile object(String field) {
    JsonNode value = fields.path(field);
    if (has(field) && !value.isObject()) {
      throw invalid(field, "an object");
    }
    return new ConfigFile(file, prefix + field + ".", value);
  }

  String text(String field, String otherwise) {
    if (!has(field)) {
      return otherwise;
    }
    if (!fields.get(field).isTextual()) {
      throw invalid(field, "a string");
    }
    return fields.get(field).textValue();
  }

  List<String> texts(String field) {
    List<String> values = new ArrayList<>();
    fields.path(field).forEach(value -> values.add(value.asText()));
    return values;
  }

  boolean flag(String field, boolean otherwise) {
    if (!has(field)) {
      return otherwise;
    }
    if (!fields.get(field).isBoolean()) {
      throw invalid(field, "true or false");
    }
    return fields.get(field).booleanValue();
  }

  int positive(String field) {
    if (!has(field)) {
      throw new EngineException(
          ErrorCategory.INVALID_CHECKPOINT,
          "%s lacks %s%s, a whole number above 0. Use the file that came with the weights"
              .formatted(file, prefix, field));
    }
    int value = whole(field, 0);
    if (value <= 0) {
      throw invalid(field, "a whole number above 0");
    }
    return value;
  }

  int whole(String field, int otherwise) {
    if (!has(field)) {
      return otherwise;
    }
    if (!fields.get(field).isIntegralNumber() || !fields.get(field).canConvertToInt()) {
      throw invalid(field, "a whole number below 2^31");
    }
    return fields.get(field).intValue();
  }

  double positiveNumber(String field, double otherwise) {
    if (!has(field)) {
      return otherwise;
    }
    double value = fields.get(field).doubleValue();
    if (!fields.get(field).isNumber() || !(value > 0) || Double.isInfinite(value)) {
      throw invalid(field, "a number above 0");
    }
    return value;
  }

  /** Token ids: one, a list of them, or none. */
  List<Integer> tokenIds(String field) {
    List<Integer> ids = new ArrayList<>();
    if (has(field)) {
      JsonNode value = fields.get(field);
      for (JsonNode id : value.isArray() ? value : List.of(value)) {
        if (!id.canConvertToInt() || !id.isIntegralNumber() || id.intValue() < 0) {
          throw invalid(field, "a token id or a list of them");
        }
        ids.add(id.intValue());
      }
    }
    return ids;
  }

  EngineException invalid(String field, String expected) {
    return new EngineException(
        ErrorCategory.INVALID_CHECKPOINT,
        "%s: %s%s must be %s, got %s. Use the file that came with the weights"
            .formatted(file, prefix, field, expected, fields.get(field)));
  }

  EngineException unsupported(String field, String value, String supported) {
    return new EngineException(
        ErrorCategory.UNSUPPORTED,
        "%s: %s%s %s is not supported. Supported: %s"
            .formatted(file, prefix, field, value, supported));
  }
}
