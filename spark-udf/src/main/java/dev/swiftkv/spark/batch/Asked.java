package dev.swiftkv.spark.batch;

/** What a row waits for: the answer to one prompt, or to as many as its group of texts takes. */
public sealed interface Asked permits Ticket, Reduction {
  /** Whether there is nothing left to wait for. */
  boolean isDone();
}
