package dev.swiftkv.spark.batch;

import dev.swiftkv.engine.RowError;

/** A row failed in a call that wants this to fail the query. */
public final class FailedRowException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  FailedRowException(String function, String excerpt, RowError error) {
    super(message(function + " failed for the prompt that begins \"" + excerpt + "\"", error));
  }

  FailedRowException(String function, RowError error) {
    super(message(function + " failed", error));
  }

  private static String message(String what, RowError error) {
    return ("%s: %s. Leave failOnError out to get NULL for such rows, or set failOnError => false to"
            + " get the error as a value.")
        .formatted(what, error);
  }
}
