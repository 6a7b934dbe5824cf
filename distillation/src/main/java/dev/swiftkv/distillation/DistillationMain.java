package dev.swiftkv.distillation;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.cli.ErrorReport;
import dev.swiftkv.engine.cli.RootCommand;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Main class of {@code bin/swiftkv distill}. */
@Command(
    name = "swiftkv",
    mixinStandardHelpOptions = true,
    description = "Turn models into SwiftKV models.",
    synopsisSubcommandLabel = "COMMAND")
public final class DistillationMain implements Runnable {
  private static final String LOG_SETTINGS = "log4j2.configurationFile";

  @Spec private CommandSpec spec;

  private DistillationMain() {}

  /** Runs a command and ends the JVM with its exit code. */
  public static void main(String[] arguments) {
    if (System.getProperty(LOG_SETTINGS) == null) {
      System.setProperty(LOG_SETTINGS, "classpath:dev/swiftkv/spark/cli/log4j2.properties");
    }
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    ErrorReport errors =
        new ErrorReport(
            causes ->
                causes.stream()
                    .filter(EngineException.class::isInstance)
                    .map(Throwable::getMessage)
                    .findFirst());
    return RootCommand.of(new DistillationMain(), List.of(DistillCommand.create()), errors);
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
