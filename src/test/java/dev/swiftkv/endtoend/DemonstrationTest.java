package dev.swiftkv.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.TestFiles;
import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.Engine;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.Request;
import dev.swiftkv.engine.runtime.ResidentEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What a new user sees first: the shipped model on the shipped table. */
class DemonstrationTest {
  @Test
  void nineRowsOfTenAreAnsweredToTheLastCharacter() throws IOException {
    List<JsonNode> rows = new ArrayList<>();
    for (String line : Files.readAllLines(TestFiles.sampleTable())) {
      rows.add(new ObjectMapper().readTree(line));
    }
    int right = 0;
    try (Engine engine =
        ResidentEngine.open(EngineConfig.forModel(TestFiles.demonstrationModel()))) {
      List<CompletableFuture<Completion>> completions = new ArrayList<>();
      for (JsonNode row : rows) {
        completions.add(engine.submit(Request.of(row.get("prompt").asText())));
      }
      for (int i = 0; i < rows.size(); i++) {
        Completion completion = completions.get(i).join();
        assertThat(completion.promptTokens()).isBetween(150, 1_000);
        right += completion.text().strip().equals(rows.get(i).get("truth").asText()) ? 1 : 0;
      }
    }
    assertThat(rows).hasSize(240);
    // The README says 220. BF16 products of other processors may turn near ties.
    assertThat(right).isGreaterThanOrEqualTo(214);
  }
}
