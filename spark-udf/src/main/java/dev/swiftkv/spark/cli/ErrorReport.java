package dev.swiftkv.spark.cli;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.spark.sql.AnalysisException;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Errors as one line and a remedy; the rest with {@value #STACKTRACE}. */
final class ErrorReport {
  /** Shows the whole stack. */
  static final String STACKTRACE = "--stacktrace";

  /** A failure. */
  static final int FAILED = 1;

  /** Wrong use. */
  static final int USAGE = 2;

  private static final Pattern OUR_MESSAGE =
      Pattern.compile("dev\\.swiftkv\\.[A-Za-z.]*Exception: ([^\\n]+)");

  private ErrorReport() {}

  /** Prints a usage error, with what may have been meant. */
  static int onWrongUse(ParameterException error, String[] arguments) {
    CommandLine command = error.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("swiftkv: " + firstLine(error.getMessage()));
    if (!UnmatchedArgumentException.printSuggestions(error, err)) {
      err.println("Try '" + command.getCommandSpec().qualifiedName(" ") + " --help'.");
    }
    if (asked(arguments)) {
      error.printStackTrace(err);
    }
    return USAGE;
  }

  /** Prints a failure; an option whose value cannot be is wrong use, found late. */
  static int onFailure(Exception error, CommandLine command, ParseResult parsed) {
    PrintWriter err = command.getErr();
    err.println("swiftkv: " + message(error));
    if (asked(parsed.originalArgs().toArray(String[]::new))) {
      error.printStackTrace(err);
    }
    return isInvalidOption(error) ? USAGE : FAILED;
  }

  /** What a person needs to know of an error, in one line. */
  static String message(Throwable error) {
    List<Throwable> causes = causes(error);
    for (Throwable cause : causes) {
      if (cause instanceof EngineException || cause instanceof AnalysisException) {
        return firstLine(cause.getMessage());
      }
    }
    for (Throwable cause : causes) {
      // A failed task's exception arrives as text inside Spark's.
      var ours = OUR_MESSAGE.matcher(String.valueOf(cause.getMessage()));
      if (ours.find()) {
        return ours.group(1).strip();
      }
    }
    Throwable root = causes.get(causes.size() - 1);
    String name = root.getClass().getSimpleName();
    return root.getMessage() == null ? name : name + ": " + firstLine(root.getMessage());
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
