package dev.swiftkv.spark.batch;

import dev.swiftkv.engine.Completion;
import java.util.concurrent.CompletableFuture;

/** A prompt's claim to an answer. Rows with equal prompts may share one. */
public final class Ticket {
  private final int call;
  private final int bytes;
  private final String excerpt;
  private CompletableFuture<Completion> answer;
  private boolean counted;
  private boolean repeated;

  Ticket(int call, int bytes, String excerpt) {
    this.call = call;
    this.bytes = bytes;
    this.excerpt = excerpt;
  }

  /** Which call of the node asked. */
  int call() {
    return call;
  }

  /** Bytes of the prompt. */
  int bytes() {
    return bytes;
  }

  /** How the prompt begins, kept only where a failed row fails the query. */
  String excerpt() {
    return excerpt;
  }

  /** Whether only one row has asked for it so far. */
  boolean isNew() {
    return !repeated;
  }

  void askedAgain() {
    repeated = true;
  }

  void submitted(CompletableFuture<Completion> future) {
    answer = future;
  }

  CompletableFuture<Completion> answer() {
    return answer;
  }

  /** Whether the answer is there. */
  public boolean isDone() {
    return answer != null && answer.isDone();
  }

  /** True the first time. */
  boolean countOnce() {
    boolean first = !counted;
    counted = true;
    return first;
  }
}
