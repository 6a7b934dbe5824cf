package dev.swiftkv.spark.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.util.List;
import org.junit.jupiter.api.Test;

class FieldsTest {
  private static final String TRUTH = "{\"name\":\"Ann\",\"order\":12,\"tags\":[1,2]}";

  @Test
  void readsTheFieldsOfJson() {
    Fields fields = new Fields(List.of());
    assertThat(fields.ofTruth(TRUTH))
        .containsExactly(entry("name", "Ann"), entry("order", "12"), entry("tags", "[1,2]"));
    assertThat(fields.ofAnswer(" {\"order\": 12}", TRUTH)).containsExactly(entry("order", "12"));
    assertThat(fields.ofAnswer("{\"order\": 12", TRUTH)).isEmpty();
    assertThat(fields.ofAnswer(null, TRUTH)).isEmpty();
    assertThat(fields.ofTruth("[1]")).isEmpty();
    assertThat(fields.ofTruth("")).isEmpty();
  }

  @Test
  void partsLinesAtAnyDelimiter() {
    Fields fields = new Fields(List.of(": ", "; "));
    assertThat(fields.ofTruth("Ann: router fails; reset; order 7"))
        .containsExactly(
            entry("part 1", "Ann"),
            entry("part 2", "router fails"),
            entry("part 3", "reset"),
            entry("part 4", "order 7"));
    assertThat(fields.ofTruth("Ann")).as("one value").isEmpty();
    assertThat(fields.ofAnswer("Ann; reset", "a; b"))
        .containsExactly(entry("part 1", "Ann"), entry("part 2", "reset"));
    assertThat(fields.ofTruth(TRUTH)).as("JSON first").containsKey("name");
  }

  @Test
  void partsNothingWithoutDelimiters() {
    assertThat(new Fields(List.of()).ofTruth("Ann; reset")).isEmpty();
  }
}
