package dev.swiftkv.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.TestFiles;
import dev.swiftkv.spark.functions.AiFunction;
import dev.swiftkv.spark.functions.FunctionList;
import dev.swiftkv.spark.functions.ModelTable;
import dev.swiftkv.spark.functions.UsageTable;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What DESCRIBE FUNCTION and the documents show runs as it stands there, with the built-in model.
 */
class ShownQueriesTest {
  private static final Pattern BLOCK = Pattern.compile("```sql\n(.*?)```", Pattern.DOTALL);

  private static SparkSession spark;

  @BeforeAll
  static void openSession() {
    spark = LocalSpark.open(Map.of("spark.sql.shuffle.partitions", "2"));
  }

  @AfterAll
  static void stopSession() {
    spark.stop();
  }

  @Test
  void everyExampleOfEveryFunctionHasAnAnswer() {
    Map<String, List<String>> tables =
        Map.of(
            ModelTable.FUNCTION.name(), ModelTable.FUNCTION.examples(),
            UsageTable.FUNCTION.name(), UsageTable.FUNCTION.examples());
    for (AiFunction function : FunctionList.ALL) {
      assertDescribes(function.name(), function.examples());
      for (String example : function.examples()) {
        for (Row row : run(statement(example))) {
          assertThat(row.anyNull()).as(example).isFalse();
        }
      }
    }
    tables.forEach(
        (name, examples) -> {
          assertDescribes(name, examples);
          examples.forEach(example -> run(statement(example)));
        });
  }

  private static void assertDescribes(String function, List<String> examples) {
    String text = spark.sql("DESCRIBE FUNCTION EXTENDED " + function).collectAsList().toString();
    assertThat(examples).as(function).isNotEmpty().allMatch(text::contains);
  }

  /** Without the prompt that the shell shows. */
  private static String statement(String example) {
    assertThat(example).startsWith("> ").endsWith(";");
    return example.substring(2, example.length() - 1);
  }

  @Test
  void everyQueryOfTheDocumentRuns() throws IOException {
    List<String> statements = statements("docs/functions.md");

    assertThat(statements).hasSizeGreaterThan(20);
    for (String statement : statements) {
      List<Row> rows = run(statement);
      boolean mayBeEmpty =
          !statement.startsWith("SELECT")
              || statement.contains("AND ai_filter")
              || statement.contains("explode(errors)"); // No row has failed.
      assertThat(rows.isEmpty() && !mayBeEmpty).as(statement).isFalse();
    }
    for (AiFunction function : FunctionList.ALL) {
      assertThat(statements)
          .as(function.name())
          .anyMatch(sql -> sql.contains(function.name() + "("));
    }
  }

  private static List<String> statements(String document) throws IOException {
    String text = Files.readString(TestFiles.inRepository(document));
    Stream<String> blocks =
        BLOCK.matcher(text).results().map((MatchResult found) -> found.group(1));
    List<String> statements = new ArrayList<>();
    blocks.forEach(block -> statements.addAll(List.of(block.split(";\n"))));
    return statements.stream().map(String::strip).toList();
  }

  private static List<Row> run(String statement) {
    String data = "examples/data/";
    String here = TestFiles.inRepository(data).toString() + "/";
    return spark.sql(statement.replace(data, here)).collectAsList();
  }
}
