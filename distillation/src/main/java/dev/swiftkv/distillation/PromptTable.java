package dev.swiftkv.distillation;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import dev.swiftkv.distillation.Documents.Pair;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.spark.source.TableFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Reads prompts through Spark: a file, a directory, or a table of the catalog. */
final class PromptTable {
  private PromptTable() {}

  /**
   * Every row in the order that Spark reads them.
   *
   * @param data path or name of a table
   * @param format as the user wrote it; null to guess from the path
   * @param conf settings of Spark, such as those of a catalog
   * @param completion column of the answers; where null the column completion is used, if there is
   *     one
   * @throws EngineException INVALID_OPTION if the table lacks a column or has no rows
   */
  static List<Pair> read(
      String data, String format, Map<String, String> conf, String prompt, String completion) {
    SparkSession.Builder builder =
        SparkSession.builder()
            .appName("swiftkv distill")
            .master("local[1]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.ui.showConsoleProgress", "false");
    conf.forEach(builder::config);
    SparkSession spark = builder.getOrCreate();
    try {
      Dataset<Row> table = load(spark, data, format);
      Column answer = completion(table, completion);
      check(table, prompt, "--prompt-column");
      List<Pair> rows =
          table
              .select(quoted(prompt).cast("string"), answer.cast("string"))
              .collectAsList()
              .stream()
              .map(row -> new Pair(row.getString(0), row.getString(1)))
              .toList();
      if (rows.isEmpty()) {
        throw new EngineException(
            ErrorCategory.INVALID_OPTION,
            "--data %s has 0 rows; at least 1 is needed. Give a table with prompts"
                .formatted(data));
      }
      return rows;
    } finally {
      spark.stop();
    }
  }

  private static Dataset<Row> load(SparkSession spark, String data, String format) {
    if (format == null && !Files.exists(Path.of(data)) && spark.catalog().tableExists(data)) {
      return spark.table(data);
    }
    String name = TableFormat.sparkName(format, Optional.of(data));
    var reader = spark.read().format(name);
    if (name.equals("csv")) {
      reader.option("header", "true").option("multiLine", "true").option("escape", "\"");
    }
    reader.options(TableFormat.impliedOptions(format, Optional.of(data)));
    return TableFormat.using("--format", name, () -> reader.load(data));
  }

  private static Column completion(Dataset<Row> table, String column) {
    if (column != null) {
      check(table, column, "--completion-column");
      return quoted(column);
    }
    return List.of(table.columns()).contains("completion") ? quoted("completion") : lit(null);
  }

  private static void check(Dataset<Row> table, String column, String option) {
    if (!List.of(table.columns()).contains(column)) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "The data has no column %s: set %s to one of %s"
              .formatted(column, option, String.join(", ", table.columns())));
    }
  }

  private static Column quoted(String column) {
    return col("`" + column.replace("`", "``") + "`");
  }
}
