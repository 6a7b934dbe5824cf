package dev.swiftkv.engine.cli;

import dev.swiftkv.engine.EngineFactory;
import dev.swiftkv.engine.SharedFiles;
import dev.swiftkv.engine.options.BuiltInModels;
import dev.swiftkv.engine.runtime.ResidentEngine;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** What a command did: its exit code and what it printed. */
record CommandRun(int exitCode, String out, String err) {
  @Command(name = "swiftkv")
  private static final class Root {}

  /** Runs a command on the models of the repository. */
  static CommandRun of(String... arguments) {
    return withInput(ResidentEngine::open, "", arguments);
  }

  /** Runs a command with an engine of the test and text on its standard input. */
  static CommandRun withInput(EngineFactory engines, String input, String... arguments) {
    return withInput(engines, input.getBytes(StandardCharsets.UTF_8), arguments);
  }

  /** The same with any bytes. */
  static CommandRun withInput(EngineFactory engines, byte[] input, String... arguments) {
    System.setProperty(BuiltInModels.HOME_PROPERTY, SharedFiles.repository().toString());
    CommandLine root = new CommandLine(new Root());
    EngineCommands.all(engines, new ByteArrayInputStream(input))
        .forEach(command -> root.addSubcommand(command));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    root.setOut(new PrintWriter(out));
    root.setErr(new PrintWriter(err));
    root.setExecutionExceptionHandler(
        (error, command, parsed) -> {
          command.getErr().println(error.getMessage());
          return 1;
        });
    int exitCode = root.execute(arguments);
    return new CommandRun(exitCode, out.toString(), err.toString());
  }
}
