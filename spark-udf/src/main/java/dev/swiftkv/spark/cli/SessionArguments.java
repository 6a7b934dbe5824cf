package dev.swiftkv.spark.cli;

import dev.swiftkv.spark.SparkOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where Spark runs, and with which model. */
final class SessionArguments {
  @Mixin private SparkArguments spark;

  @Option(
      names = {"-m", "--model"},
      paramLabel = "NAME|DIR",
      description =
          "Built-in model or directory of a checkpoint in the Hugging Face layout. By default demo:"
              + " a small SwiftKV model that reads generated documents.")
  private String model;

  /**
   * The session. Settings given here win over those of {@code spark-submit}.
   *
   * @param name of the application
   * @param more session options, which {@code --conf} may override
   */
  SparkSession open(String name, Map<String, String> more) {
    Map<String, String> settings = new LinkedHashMap<>(more);
    if (model != null) {
      settings.put(SparkOptions.key(SparkOptions.MODEL), absolute(model));
    }
    return spark.open(name, settings);
  }

  /** Executors may run in another directory. */
  static String absolute(String nameOrPath) {
    Path path = Path.of(nameOrPath);
    return Files.isDirectory(path) ? path.toAbsolutePath().normalize().toString() : nameOrPath;
  }
}
