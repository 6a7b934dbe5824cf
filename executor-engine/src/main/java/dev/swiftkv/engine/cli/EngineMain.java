package dev.swiftkv.engine.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Main class where there is no Spark: the commands of {@link EngineCommands}. */
@Command(
    name = "swiftkv",
    versionProvider = EngineMain.Version.class,
    mixinStandardHelpOptions = true,
    description = "Language models over tables: the engine alone, without Spark.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "To begin with:",
      "  swiftkv doctor                  what this machine has and what of it works",
      "  swiftkv complete --prompt 'Hello'",
      "  swiftkv bench --help",
    })
public final class EngineMain implements Runnable {
  @Spec private CommandSpec spec;

  private EngineMain() {}

  /** Runs a command and ends the JVM with its exit code. */
  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return RootCommand.of(
        new EngineMain(), EngineCommands.all(), new ErrorReport(ErrorReport::ofEngine));
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  /** Versions of this software and of what it runs on. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String own = Version.class.getPackage().getImplementationVersion();
      return new String[] {
        "spark-swiftkv " + (own == null ? "(built in place)" : own) + ", without Spark",
        "Java " + System.getProperty("java.version"),
      };
    }
  }
}
