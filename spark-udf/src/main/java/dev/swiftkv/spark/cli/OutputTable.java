package dev.swiftkv.spark.cli;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.regexp_replace;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.spark.source.TableFormat;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.DataFrameWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where completed rows are written: a directory that appears whole or not at all. */
final class OutputTable {
  private static final Logger LOG = LoggerFactory.getLogger(OutputTable.class);

  private final String path;
  private final String format;
  private final Map<String, String> impliedOptions;
  private final boolean overwrite;

  OutputTable(String path, String format, boolean overwrite) {
    this.path = path;
    this.format = TableFormat.sparkName(format, Optional.of(path));
    this.impliedOptions = TableFormat.impliedOptions(format, Optional.of(path));
    this.overwrite = overwrite;
  }

  /**
   * Refuses early, before a prompt is paid for.
   *
   * @throws EngineException of category INVALID_OPTION if there is something already, or the job
   *     would overwrite its own input
   */
  void check(SparkSession spark, String input) throws IOException {
    Path target = new Path(path);
    FileSystem files = files(spark);
    if (!files.exists(target)) {
      return;
    }
    if (!overwrite) {
      throw refused("The output %s exists: add --overwrite, or write elsewhere".formatted(path));
    }
    String source = files.makeQualified(new Path(input)).toString();
    String sink = files.makeQualified(target).toString();
    if (source.equals(sink) || source.startsWith(sink + "/")) {
      throw refused(
          "The output %s would overwrite the input %s: write elsewhere".formatted(path, input));
    }
  }

  void write(Dataset<Row> rows) {
    DataFrameWriter<Row> writer =
        (format.equals("text") ? lines(rows) : rows)
            .write()
            .format(format)
            .mode(overwrite ? SaveMode.Overwrite : SaveMode.ErrorIfExists);
    options().forEach(writer::option);
    writer.options(impliedOptions);
    boolean done = false;
    try {
      TableFormat.using(
          "--output-format",
          format,
          () -> {
            writer.save(path);
            return path;
          });
      done = true;
    } finally {
      if (!done && !overwrite) {
        removeUnfinished(rows.sparkSession());
      }
    }
  }

  /** Spark leaves an empty directory behind, which would stop the next attempt. */
  private void removeUnfinished(SparkSession spark) {
    try {
      files(spark).delete(new Path(path), /* recursive */ true);
    } catch (IOException e) {
      LOG.warn("The unfinished output {} cannot be removed: {}", path, e.toString());
    }
  }

  private FileSystem files(SparkSession spark) throws IOException {
    return new Path(path).getFileSystem(spark.sparkContext().hadoopConfiguration());
  }

  private Map<String, String> options() {
    return switch (format) {
      case "csv" -> Map.of("header", "true", "escape", "\"");
      case "json" -> Map.of("ignoreNullFields", "false");
      default -> Map.of();
    };
  }

  /** One line a row, empty where there is no completion. */
  private static Dataset<Row> lines(Dataset<Row> rows) {
    return rows.select(
        coalesce(regexp_replace(col("completion"), "\\R", " "), lit("")).as("value"));
  }

  private static EngineException refused(String message) {
    return new EngineException(ErrorCategory.INVALID_OPTION, message);
  }
}
