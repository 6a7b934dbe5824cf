package dev.swiftkv.spark.plan;

import java.util.Map;
import org.apache.spark.QueryContext;
import org.apache.spark.sql.AnalysisException;
import scala.Option;

/**
 * A call that cannot be understood. An AnalysisException, because anything else reaches the user as
 * an internal error of Spark; under a condition of Spark's, with a message of our own.
 */
final class CallException extends AnalysisException {
  private static final long serialVersionUID = 1L;

  CallException(CallCondition condition, String message) {
    super(
        "[%s] %s%s SQLSTATE: %s"
            .formatted(
                condition.condition(),
                message,
                message.endsWith(".") ? "" : ".",
                condition.sqlState()),
        /* line */ Option.empty(),
        /* startPosition */ Option.empty(),
        /* cause */ Option.empty(),
        Option.apply(condition.condition()),
        Scala.map(Map.of()),
        new QueryContext[0]);
  }

  /** Thrown from where Scala's signature declares nothing. */
  static RuntimeException of(CallCondition condition, String message) {
    return Scala.unchecked(new CallException(condition, message));
  }
}
