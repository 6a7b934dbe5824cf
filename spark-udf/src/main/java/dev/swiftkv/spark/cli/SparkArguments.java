package dev.swiftkv.spark.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Option;

/** Where Spark runs. */
final class SparkArguments {
  @Option(
      names = "--master",
      paramLabel = "URL",
      description =
          "Spark master, such as local[4] or spark://host:7077. By default what spark-submit says,"
              + " else this machine.")
  private String master;

  @Option(
      names = "--conf",
      paramLabel = "KEY=VALUE",
      description = "A Spark setting, such as spark.executor.memory=8g; may be given repeatedly.")
  private Map<String, String> conf = new LinkedHashMap<>();

  /**
   * The session. Settings given here win over those of {@code spark-submit}.
   *
   * @param name of the application
   * @param more session options, which {@code --conf} may override
   */
  SparkSession open(String name, Map<String, String> more) {
    Map<String, String> settings = new LinkedHashMap<>();
    String where = conf.getOrDefault("spark.master", System.getProperty("spark.master"));
    settings.put("spark.master", master != null ? master : where != null ? where : "local[*]");
    if (settings.get("spark.master").startsWith("local")) {
      // Nobody outside talks to a local session: no web page, no host name to look up.
      unlessSubmitted(settings, "spark.ui.enabled", "false");
      unlessSubmitted(settings, "spark.driver.host", "127.0.0.1");
      unlessSubmitted(settings, "spark.driver.bindAddress", "127.0.0.1");
    }
    unlessSubmitted(settings, "spark.ui.showConsoleProgress", "false");
    // The progress bar hears from the executors through their heartbeats.
    unlessSubmitted(settings, "spark.executor.heartbeatInterval", "1s");
    settings.putAll(more);
    settings.putAll(conf);
    SparkSession.Builder builder = SparkSession.builder().appName("swiftkv " + name);
    settings.forEach(builder::config);
    return builder.getOrCreate();
  }

  private static void unlessSubmitted(Map<String, String> settings, String key, String value) {
    if (System.getProperty(key) == null) {
      settings.put(key, value);
    }
  }
}
