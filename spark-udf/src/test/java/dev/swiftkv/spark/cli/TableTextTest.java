package dev.swiftkv.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;

class TableTextTest {
  @Test
  void alignsWhatFits() {
    assertThat(
            TableText.of(
                    List.of("id", "text"),
                    List.of(RowFactory.create(1, "one\n\tline"), RowFactory.create(22, null)))
                .lines(40))
        .containsExactly("id  text", "──  ────────", "1   one line", "22  NULL");
  }

  @Test
  void cutsTheWidestColumnsAndKeepsTheNarrow() {
    TableText table = new TableText(List.of("id", "a", "b"));
    table.add(List.of("123", "x".repeat(100), "y".repeat(15)));
    List<String> lines = table.lines(31);
    assertThat(lines.get(2))
        .isEqualTo("123  " + "x".repeat(11) + "…" + "  " + "y".repeat(11) + "…");
    assertThat(lines).allMatch(line -> line.length() <= 31);
  }

  @Test
  void staysReadableWhereNothingFits() {
    TableText table = new TableText(List.of("first column", "second column"));
    table.add(Arrays.asList("value", "another value"));
    assertThat(table.lines(5))
        .containsExactly("first…  secon…", "──────  ──────", "value   anoth…");
  }
}
