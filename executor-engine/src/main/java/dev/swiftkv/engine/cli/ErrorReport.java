package dev.swiftkv.engine.cli;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.MaxValuesExceededException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Errors of commands as one line and a remedy; the rest with {@value #STACKTRACE}. */
public final class ErrorReport {
  /** Shows the whole stack. */
  public static final String STACKTRACE = "--stacktrace";

  /** A failure. */
  public static final int FAILED = 1;

  /** Wrong use. */
  public static final int USAGE = 2;

  private final Function<List<Throwable>, Optional<String>> explanation;

  /**
   * A report.
   *
   * @param explanation finds what a person needs to know in an error and its causes, the error
   *     first; where it finds nothing the last cause is named
   */
  public ErrorReport(Function<List<Throwable>, Optional<String>> explanation) {
    this.explanation = explanation;
  }

  /** Explains the errors of commands that need nothing but the engine. */
  static Optional<String> ofEngine(List<Throwable> causes) {
    return causes.stream()
        .filter(EngineException.class::isInstance)
        .map(Throwable::getMessage)
        .findFirst();
  }

  /** Prints a usage error, with what may have been meant. */
  public int onWrongUse(ParameterException error, String[] arguments) {
    CommandLine command = error.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("swiftkv: " + wrongUse(error, arguments));
    if (!UnmatchedArgumentException.printSuggestions(error, err)) {
      err.println("Try '" + command.getCommandSpec().qualifiedName(" ") + " --help'.");
    }
    if (asked(arguments)) {
      error.printStackTrace(err);
    }
    return USAGE;
  }

  /** The parser prints its whole group of options where one of them is given twice. */
  private static String wrongUse(ParameterException error, String[] arguments) {
    Set<String> seen = new HashSet<>();
    if (error instanceof MaxValuesExceededException) {
      for (String argument : arguments) {
        String name = argument.split("=", 2)[0];
        if (name.startsWith("-") && !seen.add(name)) {
          return name + " is given twice.";
        }
      }
    }
    return firstLine(error.getMessage());
  }

  /** Prints a failure; an option whose value cannot be is wrong use, found late. */
  public int onFailure(Exception error, CommandLine command, ParseResult parsed) {
    PrintWriter err = command.getErr();
    err.println("swiftkv: " + message(error));
    if (asked(parsed.originalArgs().toArray(String[]::new))) {
      error.printStackTrace(err);
    }
    return isInvalidOption(error) ? USAGE : FAILED;
  }

  /** What a person needs to know of an error, in one line. */
  String message(Throwable error) {
    List<Throwable> causes = causes(error);
    Throwable root = causes.get(causes.size() - 1);
    String name = root.getClass().getSimpleName();
    return explanation
        .apply(causes)
        .map(ErrorReport::firstLine)
        .orElse(root.getMessage() == null ? name : name + ": " + firstLine(root.getMessage()));
  }

  private static boolean isInvalidOption(Throwable error) {
    return causes(error).stream()
        .anyMatch(
            cause ->
                cause instanceof EngineException failure
                    && failure.category() == ErrorCategory.INVALID_OPTION);
  }

  private static List<Throwable> causes(Throwable error) {
    List<Throwable> causes = new ArrayList<>();
    for (Throwable at = error; at != null && !causes.contains(at); at = at.getCause()) {
      causes.add(at);
    }
    return causes;
  }

  private static String firstLine(String message) {
    return message.strip().lines().findFirst().orElse("").strip();
  }

  private static boolean asked(String[] arguments) {
    return Arrays.asList(arguments).contains(STACKTRACE);
  }
}
