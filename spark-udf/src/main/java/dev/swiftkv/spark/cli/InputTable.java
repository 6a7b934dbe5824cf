package dev.swiftkv.spark.cli;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.input_file_name;
import static org.apache.spark.sql.functions.monotonically_increasing_id;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.spark.source.TableColumns;
import dev.swiftkv.spark.source.TableFormat;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The rows of the job, in the order of its files. */
final class InputTable {
  /** Formats of the help text. */
  static final List<String> FORMATS = List.of("jsonl", "parquet", "csv", "text");

  private static final Column[] POSITION = {col("_swiftkv_file"), col("_swiftkv_row")};

  private InputTable() {}

  /**
   * Reads a table.
   *
   * @param format as the user wrote it; null to guess from the path
   * @param options of the format
   * @param partitions tasks to spread the rows over; 0 leaves it to Spark
   */
  static Dataset<Row> read(
      SparkSession spark, String path, String format, Map<String, String> options, int partitions) {
    Dataset<Row> table = TableFormat.load(spark, "--format", format, path, options);
    if (table.columns().length == 0) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "The input %s has no columns when read as %s: say another --format."
              .formatted(path, TableFormat.sparkName(format, Optional.of(path))));
    }
    boolean severalFiles = table.inputFiles().length > 1;
    return partitions == 0 && !severalFiles ? table : inOrder(table, partitions);
  }

  /**
   * Spark packs files by size into tasks. Ranges over the position of a row put them back in order,
   * task after task.
   */
  private static Dataset<Row> inOrder(Dataset<Row> table, int partitions) {
    Dataset<Row> placed =
        table
            .withColumn("_swiftkv_file", input_file_name())
            .withColumn("_swiftkv_row", monotonically_increasing_id());
    Dataset<Row> ranges =
        partitions == 0
            ? placed.repartitionByRange(POSITION)
            : placed.repartitionByRange(partitions, POSITION);
    String[] columns = table.columns();
    return ranges
        .sortWithinPartitions(POSITION)
        .select(Arrays.stream(columns).map(TableColumns::named).toArray(Column[]::new));
  }
}
