package dev.swiftkv.spark.cli;

/** Keeps Spark's log quiet and ours readable, unless the user brings a configuration. */
final class LogSettings {
  private static final String PROPERTY = "log4j2.configurationFile";

  private LogSettings() {}

  /** Must run before the first logger of the JVM is made. */
  static void apply() {
    if (System.getProperty(PROPERTY) == null
        && System.getProperty("log4j.configurationFile") == null) {
      System.setProperty(PROPERTY, "classpath:dev/swiftkv/spark/cli/log4j2.properties");
    }
  }
}
