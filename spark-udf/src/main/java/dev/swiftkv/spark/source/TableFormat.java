package dev.swiftkv.spark.source;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Table formats: their names as people write them and as Spark does, and how they are read. */
public final class TableFormat {
  private static final Map<String, String> SPARK_NAMES =
      Map.of("jsonl", "json", "ndjson", "json", "txt", "text", "tsv", "csv");

  private static final Map<String, String> BY_EXTENSION =
      Map.of(
          "jsonl", "json",
          "ndjson", "json",
          "json", "json",
          "csv", "csv",
          "tsv", "csv",
          "txt", "text",
          "orc", "orc",
          "parquet", "parquet");

  private TableFormat() {}

  /**
   * Spark's name of a format.
   *
   * @param nameOrNull as the user wrote it; null to guess from the path
   * @param path file or directory; without a known extension it is taken for Parquet
   */
  public static String sparkName(String nameOrNull, Optional<String> path) {
    if (nameOrNull == null) {
      return path.map(TableFormat::guess).orElse("parquet");
    }
    String lower = nameOrNull.toLowerCase(Locale.ROOT);
    return SPARK_NAMES.getOrDefault(lower, nameOrNull);
  }

  /**
   * Options of a format that its name or its path implies; what a user says goes first.
   *
   * @param nameOrNull as the user wrote it; null to guess from the path
   */
  public static Map<String, String> impliedOptions(String nameOrNull, Optional<String> path) {
    boolean tabs =
        nameOrNull == null
            ? path.map(TableFormat::extension).filter("tsv"::equals).isPresent()
            : nameOrNull.equalsIgnoreCase("tsv");
    return tabs ? Map.of("sep", "\t") : Map.of();
  }

  /**
   * Reads a table from files.
   *
   * @param option what the user named the format with
   * @param nameOrNull of the format, as the user wrote it; null to guess from the path
   * @param options of the format, which win over those that it implies
   * @throws EngineException of category INVALID_OPTION if this Spark has no source of that name
   */
  public static Dataset<Row> load(
      SparkSession spark,
      String option,
      String nameOrNull,
      String path,
      Map<String, String> options) {
    String format = sparkName(nameOrNull, Optional.of(path));
    DataFrameReader reader = spark.read().format(format);
    if (format.equals("csv")) {
      reader.option("header", "true").option("multiLine", "true").option("escape", "\"");
    }
    reader.options(impliedOptions(nameOrNull, Optional.of(path)));
    reader.options(options);
    return using(option, format, () -> reader.load(path));
  }

  /**
   * Uses a format.
   *
   * @param option what the user named it with
   * @throws EngineException of category INVALID_OPTION if this Spark has no source of that name
   */
  public static <T> T using(String option, String format, Supplier<T> use) {
    try {
      return use.get();
    } catch (Exception e) {
      // Scala throws it without declaring it.
      if (e instanceof ClassNotFoundException) {
        throw new EngineException(
            ErrorCategory.INVALID_OPTION,
            "Option %s names no data source of this Spark: '%s'. Use jsonl, csv, text,"
                    .formatted(option, format)
                + " parquet, orc, or put the jar of that source on the class path.",
            e);
      }
      throw e;
    }
  }

  private static String guess(String path) {
    return BY_EXTENSION.getOrDefault(extension(path), "parquet");
  }

  private static String extension(String path) {
    String name = path.replaceFirst("\\.(gz|bz2|zst|lz4|snappy)$", "");
    int dot = name.lastIndexOf('.');
    return dot < 0 ? "" : name.substring(dot + 1).toLowerCase(Locale.ROOT);
  }
}
