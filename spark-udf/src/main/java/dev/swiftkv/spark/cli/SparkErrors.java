package dev.swiftkv.spark.cli;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.cli.ErrorReport;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.sql.AnalysisException;

/** Finds what a person needs to know in the errors of Spark. */
final class SparkErrors {
  /** How the errors of this command line are told. */
  static final ErrorReport REPORT = new ErrorReport(SparkErrors::explain);

  private static final Pattern OUR_MESSAGE =
      Pattern.compile("dev\\.swiftkv\\.[A-Za-z.]*Exception: ([^\\n]+)");

  private SparkErrors() {}

  private static Optional<String> explain(List<Throwable> causes) {
    Stream<String> plain =
        causes.stream()
            .filter(cause -> cause instanceof EngineException || cause instanceof AnalysisException)
            .map(Throwable::getMessage);
    // A failed task's exception arrives as text inside Spark's.
    Stream<String> inside =
        causes.stream()
            .map(cause -> OUR_MESSAGE.matcher(String.valueOf(cause.getMessage())))
            .filter(matcher -> matcher.find())
            .map(matcher -> matcher.group(1));
    return Stream.concat(plain, inside).findFirst();
  }
}
