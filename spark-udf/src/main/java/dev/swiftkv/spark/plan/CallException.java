package dev.swiftkv.spark.plan;

import java.util.Map;
import org.apache.spark.sql.AnalysisException;

/**
 * A call that cannot be understood. An AnalysisException, because anything else reaches the user as
 * an internal error of Spark.
 */
final class CallException extends AnalysisException {
  private static final long serialVersionUID = 1L;

  // Spark's error conditions are a closed list; this one is nothing but its message.
  private static final String ONLY_A_MESSAGE = "_LEGACY_ERROR_TEMP_1332";

  CallException(String message) {
    super(ONLY_A_MESSAGE, Scala.map(Map.of("errorMessage", message)));
  }

  /** Thrown from where Scala's signature declares nothing. */
  static RuntimeException of(String message) {
    return Scala.unchecked(new CallException(message));
  }
}
