package dev.swiftkv.spark.functions;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.spark.sql.types.DataType;
import org.junit.jupiter.api.Test;

class SchemaExampleTest {
  private static String ofType(String type) {
    return SchemaExample.of(JsonSchemas.of(DataType.fromDDL(type)), "words");
  }

  @Test
  void hasEveryPart() {
    assertThat(
            ofType(
                "STRUCT<s: STRING, n: INT, d: DECIMAL(4, 2), b: BOOLEAN, a: ARRAY<STRING>,"
                    + " m: MAP<STRING, DOUBLE>, day: DATE, at: TIMESTAMP>"))
        .isEqualTo(
            "{\"s\":\"words\",\"n\":0,\"d\":0,\"b\":true,\"a\":[\"words\"],\"m\":{\"key\":0},"
                + "\"day\":\"2000-01-01\",\"at\":\"2000-01-01T00:00:00\"}");
  }

  @Test
  void takesTheFirstOfSeveralValues() {
    assertThat(SchemaExample.of(JsonSchemas.ofSubset(List.of("x", "y")), "words"))
        .isEqualTo("[\"x\"]");
    assertThat(SchemaExample.of(JsonSchemas.ofFields(List.of("f")), "words"))
        .isEqualTo("{\"f\":\"words\"}");
  }

  @Test
  void isAnObjectWhereNothingElseIsSaid() {
    assertThat(SchemaExample.of("{}", "words")).isEqualTo("{}");
    assertThat(SchemaExample.of("true", "words")).isEqualTo("{}");
    assertThat(SchemaExample.of("no JSON", "words")).isEqualTo("{}");
  }
}
