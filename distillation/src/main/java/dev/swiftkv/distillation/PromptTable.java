package dev.swiftkv.distillation;

import static org.apache.spark.sql.functions.lit;

import dev.swiftkv.distillation.Documents.Pair;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.spark.source.TableColumns;
import dev.swiftkv.spark.source.TableFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
      Column asked = TableColumns.chosen(table, "--prompt-column", prompt);
      List<Pair> rows =
          table.select(asked.cast("string"), answer.cast("string")).collectAsList().stream()
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
    return TableFormat.load(spark, "--format", format, data, Map.of());
  }

  private static Column completion(Dataset<Row> table, String column) {
    if (column != null) {
      return TableColumns.chosen(table, "--completion-column", column);
    }
    return List.of(table.columns()).contains("completion")
        ? TableColumns.named("completion")
        : lit(null);
  }
}
