package dev.swiftkv.spark.cli;

import dev.swiftkv.engine.cli.BundleCommand;
import dev.swiftkv.engine.cli.EngineCommands;
import dev.swiftkv.engine.cli.RootCommand;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * Main class of {@code bin/swiftkv}, and of {@code spark-submit spark-swiftkv.jar run …}.
 *
 * <p>To add a command, add it to {@link #commands}.
 */
@Command(
    name = "swiftkv",
    versionProvider = Version.class,
    mixinStandardHelpOptions = true,
    description = "Language models over tables: prompts in, completions out, on Spark.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "To begin with:",
      "  swiftkv run                     summarize the sample table with the built-in model",
      "  swiftkv sql -e \"SELECT ai_gen('Hello')\"",
      "  swiftkv complete --prompt 'Hello'",
      "  swiftkv run --help",
    })
public final class Main implements Runnable {
  @Spec private CommandSpec spec;

  private Main() {}

  /** Runs a command and ends the JVM with its exit code. */
  public static void main(String[] arguments) {
    LogSettings.apply();
    int code = execute(arguments);
    if (code != 0) {
      // Under spark-submit a return means success, so that only failures may exit.
      System.exit(code);
    }
  }

  static int execute(String... arguments) {
    return commandLine().execute(arguments);
  }

  static CommandLine commandLine() {
    return RootCommand.of(new Main(), commands(), SparkErrors.REPORT);
  }

  private static List<Object> commands() {
    List<Object> commands =
        new ArrayList<>(
            List.of(
                RunCommand.create(),
                SqlCommand.create(),
                EstimateCommand.create(),
                EvaluateCommand.create(),
                BundleCommand.create()));
    commands.addAll(EngineCommands.all());
    return commands;
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
