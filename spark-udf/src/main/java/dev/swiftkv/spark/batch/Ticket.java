package dev.swiftkv.spark.batch;

import dev.swiftkv.engine.AnswerKey;
import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.SharedAnswer;
import java.util.concurrent.CompletableFuture;

/** A prompt's claim to an answer. Rows of a task with equal prompts may share one. */
public final class Ticket implements Asked {
  private final int call;
  private final AnswerKey key;
  private final int bytes;
  private final String excerpt;
  private SharedAnswer answer;
  private boolean counted;
  private long heldBytes;

  Ticket(int call, AnswerKey key, int bytes, String excerpt) {
    this.call = call;
    this.key = key;
    this.bytes = bytes;
    this.excerpt = excerpt;
  }

  /** Which call of the node asked. */
  int call() {
    return call;
  }

  /** Equal for prompts that have equal answers. */
  AnswerKey key() {
    return key;
  }

  /** Bytes of the prompt. */
  int bytes() {
    return bytes;
  }

  /** How the prompt begins, kept only where a failed row fails the query. */
  String excerpt() {
    return excerpt;
  }

  void claimed(SharedAnswer shared) {
    answer = shared;
  }

  CompletableFuture<Completion> answer() {
    return answer.future();
  }

  @Override
  public boolean isDone() {
    return answer != null && answer.future().isDone();
  }

  /** Whether it was this ticket for which the engine was asked. */
  boolean isOwn() {
    return answer.source() == SharedAnswer.Source.ENGINE;
  }

  /** True the first time. */
  boolean countOnce() {
    boolean first = !counted;
    counted = true;
    return first;
  }

  /** Bytes of the answer, which stays until {@link #letGo}. */
  long hold() {
    heldBytes = answer().isCompletedExceptionally() ? 0 : answer().join().heapBytes();
    return heldBytes;
  }

  /** Bytes that were held and are no more. */
  long letGo() {
    long held = heldBytes;
    heldBytes = 0;
    return held;
  }

  /** Lets others have the answer alone. */
  void release() {
    if (answer != null) {
      answer.release();
    }
  }
}
