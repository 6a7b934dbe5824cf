package dev.swiftkv.spark.cli;

import dev.swiftkv.engine.cli.EngineCommands;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ScopeType;
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
    CommandLine root = new CommandLine(new Main());
    root.getCommandSpec()
        .addOption(
            OptionSpec.builder(ErrorReport.STACKTRACE)
                .type(boolean.class)
                .scopeType(ScopeType.INHERIT)
                .description("Print the whole stack of an error.")
                .build());
    for (Object command : commands()) {
      root.addSubcommand(command);
    }
    root.addSubcommand(new HelpCommand());
    root.setUsageHelpAutoWidth(true);
    root.setParameterExceptionHandler(ErrorReport::onWrongUse);
    root.setExecutionExceptionHandler(ErrorReport::onFailure);
    root.setOut(new PrintWriter(System.out, /* autoFlush */ true, StandardCharsets.UTF_8));
    root.setErr(new PrintWriter(System.err, /* autoFlush */ true, StandardCharsets.UTF_8));
    return root;
  }

  private static List<Object> commands() {
    List<Object> commands = new ArrayList<>(List.of(RunCommand.create(), SqlCommand.create()));
    commands.addAll(EngineCommands.all());
    return commands;
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
