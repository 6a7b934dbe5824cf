package dev.swiftkv.spark.cli;

import picocli.CommandLine.Option;

/** Whether to show how far a command is. */
final class ProgressArguments {
  @Option(
      names = "--progress",
      negatable = true,
      description = "Show a progress bar; by default on a terminal.")
  private Boolean progress;

  boolean shown() {
    return progress != null ? progress : System.console() != null;
  }
}
