package dev.swiftkv.spark.cli;

import picocli.CommandLine.IVersionProvider;

/** Versions of this software and of what it runs on. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String own = Version.class.getPackage().getImplementationVersion();
    return new String[] {
      "spark-swiftkv " + (own == null ? "(built in place)" : own),
      "Spark " + org.apache.spark.package$.MODULE$.SPARK_VERSION(),
      "Java " + System.getProperty("java.version"),
    };
  }
}
