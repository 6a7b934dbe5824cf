package dev.swiftkv.endtoend;

import dev.swiftkv.TestFiles;
import dev.swiftkv.engine.options.BuiltInModels;
import java.util.Map;
import org.apache.spark.sql.SparkSession;

/** Spark sessions in this JVM; the functions register themselves. */
final class LocalSpark {
  private LocalSpark() {}

  /** Opens a session with two tasks at a time. */
  static SparkSession open(Map<String, String> settings) {
    System.setProperty(BuiltInModels.HOME_PROPERTY, TestFiles.inRepository("").toString());
    SparkSession.Builder builder =
        SparkSession.builder()
            .appName("end to end")
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            // Plans as they were planned, so that tests can read their metrics.
            .config("spark.sql.adaptive.enabled", "false");
    settings.forEach(builder::config);
    return builder.getOrCreate();
  }
}
