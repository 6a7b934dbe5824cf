package dev.swiftkv.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.TestFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The notebooks under {@code examples/notebooks}: each of their SQL statements, on the
 * demonstration model.
 */
class NotebooksTest {
  private static final Pattern STATEMENT =
      Pattern.compile("spark\\.sql\\(\"\"\"(.*?)\"\"\"\\)", Pattern.DOTALL);
  private static final Pattern TABLE =
      Pattern.compile(
          "read\\.json\\(str\\(repository / \"(.*?)\"\\)\\)\\.createOrReplaceTempView\\(\"(.*?)\"\\)");

  private static SparkSession spark;

  @BeforeAll
  static void openSession() {
    spark = LocalSpark.open(Map.of());
  }

  @AfterAll
  static void stopSession() {
    spark.stop();
  }

  static List<Path> notebooks() throws IOException {
    try (Stream<Path> files = Files.list(TestFiles.inRepository("examples/notebooks"))) {
      return files.filter(file -> file.toString().endsWith(".ipynb")).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("notebooks")
  void everyStatementGivesRows(Path notebook) {
    List<String> cells = codeCells(notebook);
    int statements = 0;
    for (String cell : cells) {
      readTables(cell);
      Matcher statement = STATEMENT.matcher(cell);
      while (statement.find()) {
        statements++;
        assertThat(rows(statement.group(1))).as(statement.group(1)).isNotEmpty();
      }
      assertThat(cell).as("paths are relative to the repository").doesNotContain("(\"/", "= \"/");
    }
    assertThat(statements).isGreaterThanOrEqualTo(3);
  }

  private static void readTables(String cell) {
    Matcher table = TABLE.matcher(cell);
    while (table.find()) {
      Path file = TestFiles.inRepository(table.group(1));
      spark.read().json(file.toString()).createOrReplaceTempView(table.group(2));
    }
  }

  private static List<Row> rows(String statement) {
    try {
      return spark.sql(statement).collectAsList();
    } catch (RuntimeException e) {
      return fail("the statement fails:\n" + statement, e);
    }
  }

  /**
   * The sources of the code cells; a notebook is kept without results, which a run would make
   * stale.
   */
  private static List<String> codeCells(Path notebook) {
    List<String> cells = new ArrayList<>();
    for (JsonNode cell : read(notebook).get("cells")) {
      if (!cell.get("cell_type").asText().equals("code")) {
        continue;
      }
      assertThat(cell.get("outputs")).as("stored outputs of %s", notebook).isEmpty();
      assertThat(cell.get("execution_count").isNull()).isTrue();
      StringBuilder source = new StringBuilder();
      cell.get("source").forEach(line -> source.append(line.asText()));
      cells.add(source.toString());
    }
    return cells;
  }

  private static JsonNode read(Path notebook) {
    try {
      return new ObjectMapper().readTree(notebook.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(notebook + " is no JSON", e);
    }
  }
}
