package dev.swiftkv.engine.constraint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.SharedFiles;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The public test suite of draft 2020-12: every schema is kept exactly or refused by keyword. */
final class JsonSchemaSuiteTest {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  private final Map<String, Integer> refused = new TreeMap<>();
  private final List<String> wrong = new ArrayList<>();
  private int compiled;
  private int instances;

  @Test
  void schemasAreKeptExactlyOrRefused() throws IOException {
    Path suite = SharedFiles.require("golden/json-schema/tests/draft2020-12");
    List<Path> files;
    try (Stream<Path> all = Files.list(suite)) {
      files = all.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
    for (Path file : files) {
      for (JsonNode group : MAPPER.readTree(file.toFile())) {
        check(file.getFileName() + ": " + group.path("description").asText(), group);
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(compiled)
        .as("compiled, %d instances checked; refused: %s", instances, refused)
        .isGreaterThanOrEqualTo(342);
  }

  private void check(String name, JsonNode group) throws IOException {
    JsonMachine machine;
    try {
      machine = new JsonMachine(MAPPER.writeValueAsString(group.get("schema")), false);
    } catch (EngineException e) {
      String message = e.getMessage();
      assertThat(message).as(name).containsPattern("keyword \\S+ at #");
      refused.merge(message.replaceAll(".*keyword (\\S+) at.*", "$1"), 1, Integer::sum);
      return;
    } catch (Expression.TooLargeException e) {
      refused.merge("too large", 1, Integer::sum);
      return;
    }
    for (JsonNode test : group.get("tests")) {
      String compact = plain(test.get("data"));
      String pretty =
          " " + MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(test.get("data"));
      boolean isNumber = test.get("data").isNumber();
      for (String text : isNumber ? List.of(compact) : List.of(compact, pretty)) {
        instances++;
        if (accepts(machine, text) != test.get("valid").asBoolean()) {
          wrong.add(name + ": " + test.get("description").asText() + ": " + text);
        }
      }
    }
    compiled++;
  }

  private static String plain(JsonNode data) throws IOException {
    return data.isNumber()
        ? new BigDecimal(data.asText()).toPlainString()
        : MAPPER.writeValueAsString(data);
  }

  private static boolean accepts(JsonMachine machine, String text) {
    ByteState at = machine.start();
    for (byte one : text.getBytes(StandardCharsets.UTF_8)) {
      if (at == null) {
        return false;
      }
      at = at.next(one & 0xFF);
    }
    return at != null && at.mayEnd();
  }
}
