package dev.swiftkv.spark.source;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Names of table formats as people write them, and as Spark does. */
public final class TableFormat {
  private static final Map<String, String> SPARK_NAMES =
      Map.of("jsonl", "json", "ndjson", "json", "txt", "text");

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

  private static String guess(String path) {
    String name = path.replaceFirst("\\.(gz|bz2|zst|lz4|snappy)$", "");
    int dot = name.lastIndexOf('.');
    String extension = dot < 0 ? "" : name.substring(dot + 1).toLowerCase(Locale.ROOT);
    return BY_EXTENSION.getOrDefault(extension, "parquet");
  }
}
