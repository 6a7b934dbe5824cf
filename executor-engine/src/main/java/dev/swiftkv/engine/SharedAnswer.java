package dev.swiftkv.engine;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/** One asker's claim to an answer that others may wait for too. */
public final class SharedAnswer {
  /** Where an answer comes from. */
  public enum Source {
    /** The engine was asked. */
    ENGINE,
    /** An equal question was waiting for the engine. */
    IN_FLIGHT,
    /** An equal question had been answered. */
    CACHE
  }

  private final CompletableFuture<Completion> future;
  private final Source source;
  private final Runnable release;
  private final AtomicBoolean claimed = new AtomicBoolean(true);

  SharedAnswer(CompletableFuture<Completion> future, Source source, Runnable release) {
    this.future = future;
    this.source = source;
    this.release = release;
  }

  static SharedAnswer known(Completion completion) {
    return new SharedAnswer(CompletableFuture.completedFuture(completion), Source.CACHE, () -> {});
  }

  /**
   * The answer, as of {@link Engine#submit}. It is everybody's: whoever does not want it any more
   * calls {@link #release} and leaves it alone.
   */
  public CompletableFuture<Completion> future() {
    return future;
  }

  /** Where it comes from. */
  public Source source() {
    return source;
  }

  /**
   * Gives the claim up; the request is cancelled if nobody else has one. The second call is idle.
   */
  public void release() {
    if (claimed.compareAndSet(true, false)) {
      release.run();
    }
  }
}
