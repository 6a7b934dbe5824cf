package dev.swiftkv.benchmarks.threads;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SampleTableTest {
  private static final int ROWS = 200;
  private static final long SEED = 7;

  @Test
  void theShippedTableIsWhatTheGeneratorWrites() throws IOException {
    Path shipped =
        Path.of(System.getProperty("swiftkv.repository"), "examples/data/support-threads.jsonl");

    assertThat(Files.readAllLines(shipped)).isEqualTo(SampleTable.lines(ROWS, SEED));
  }

  @Test
  void anotherSeedGivesAnotherTable() {
    assertThat(SampleTable.lines(20, SEED)).doesNotContainAnyElementsOf(SampleTable.lines(20, 8));
  }

  @Test
  void everyAnswerCanBeFoundInItsThread() throws IOException {
    for (JsonNode row : rows()) {
      String prompt = row.get("prompt").asText();
      String truth = row.get("truth").asText();
      if (row.get("task").asText().equals("json")) {
        JsonNode facts = new ObjectMapper().readTree(truth);
        assertThat(prompt).contains(facts.get("customer").asText());
        assertThat(prompt).contains(facts.get("order").asText());
        assertThat(prompt).contains(facts.get("product").asText());
      }
      if (row.get("task").asText().equals("summary")) {
        assertThat(prompt).contains(truth.substring(0, truth.indexOf(": ")));
        assertThat(prompt).contains(truth.substring(truth.lastIndexOf(' ') + 1));
      }
    }
  }

  @Test
  void everyPlaceholderIsFilled() throws IOException {
    for (JsonNode row : rows()) {
      assertThat(row.get("prompt").asText()).doesNotContainPattern("\\{[a-zA-Z]+}");
    }
  }

  private static List<JsonNode> rows() throws IOException {
    List<JsonNode> rows = new ArrayList<>();
    for (String line : SampleTable.lines(ROWS, SEED)) {
      rows.add(new ObjectMapper().readTree(line));
    }
    return rows;
  }
}
