package dev.swiftkv;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.engine.options.OptionDocs;
import dev.swiftkv.spark.SparkOptions;
import dev.swiftkv.spark.functions.FunctionList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Keeps the tables of docs/configuration.md equal to the options in the code. Run it with {@code
 * -Dswiftkv.documents=write} to refresh them.
 */
class ConfigurationDocumentTest {
  private static final Path DOCUMENT = TestFiles.inRepository("docs/configuration.md");
  private static final Pattern TABLE =
      Pattern.compile("(<!-- table: ([a-z]+) -->\n).*?(<!-- end -->)", Pattern.DOTALL);

  private static final Map<String, String> TABLES =
      Map.of(
          "completion",
          OptionDocs.generation(),
          "engine",
          OptionDocs.engine(),
          "spark",
          OptionDocs.table(SparkOptions.PLANNING, SparkOptions::key),
          "templates",
          FunctionList.templateDocumentation());

  @Test
  void theTablesAreThoseOfTheCode() throws IOException {
    String found = Files.readString(DOCUMENT);
    String expected =
        TABLE
            .matcher(found)
            .replaceAll(
                table ->
                    Matcher.quoteReplacement(
                        table.group(1) + TABLES.get(table.group(2)) + table.group(3)));
    if ("write".equals(System.getProperty("swiftkv.documents"))) {
      Files.writeString(DOCUMENT, expected);
    }

    assertThat(TABLES.keySet()).allMatch(name -> expected.contains("<!-- table: " + name + " -->"));
    assertThat(Files.readString(DOCUMENT))
        .as("refresh with -Dtest=ConfigurationDocumentTest -Dswiftkv.documents=write")
        .isEqualTo(expected);
  }
}
