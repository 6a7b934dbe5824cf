package dev.swiftkv.engine.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ScopeType;

/** What the main classes have in common: how commands hang together, print and fail. */
public final class RootCommand {
  private RootCommand() {}

  /**
   * A command line of commands.
   *
   * @param root the annotated object of the command without a name
   * @param commands annotated objects, or command lines
   */
  public static CommandLine of(Object root, List<?> commands, ErrorReport errors) {
    CommandLine line = new CommandLine(root);
    line.getCommandSpec()
        .addOption(
            OptionSpec.builder(ErrorReport.STACKTRACE)
                .type(boolean.class)
                .scopeType(ScopeType.INHERIT)
                .description("Print the whole stack of an error.")
                .build());
    for (Object command : commands) {
      line.addSubcommand(command);
    }
    line.addSubcommand(new HelpCommand());
    line.setUsageHelpAutoWidth(true);
    line.setParameterExceptionHandler(errors::onWrongUse);
    line.setExecutionExceptionHandler(errors::onFailure);
    line.setOut(new PrintWriter(System.out, /* autoFlush */ true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(System.err, /* autoFlush */ true, StandardCharsets.UTF_8));
    return line;
  }
}
