package dev.swiftkv.engine;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Lets equal questions to one engine share an answer, whoever asks: those in flight wait for the
 * same request, those just answered get the answer again. Safe from any thread.
 *
 * <p>A request is cancelled when the last of those who wait for it has given up, so that nobody
 * loses an answer because somebody else does not want it any more.
 */
public final class SharedAnswers {
  private final AnswerCache cache;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<AnswerKey, Pending> inFlight = new HashMap<>();
  private final UsageCounters usage = new UsageCounters();

  /** Answers of an engine that shares with no other. */
  public SharedAnswers() {
    this(new AnswerCache());
  }

  SharedAnswers(AnswerCache cache) {
    this.cache = cache;
  }

  AnswerCache cache() {
    return cache;
  }

  /** The answer that an equal question got lately. */
  public Optional<SharedAnswer> find(AnswerKey key) {
    Completion known = cache.findOrNull(key);
    if (known == null) {
      return Optional.empty();
    }
    usage.asked(SharedAnswer.Source.CACHE);
    return Optional.of(SharedAnswer.known(known));
  }

  /** What has been asked so far and how it ended. */
  public EngineUsage usage() {
    return usage.snapshot();
  }

  /** Counts an answer that is of no use to whoever asked as failed, for a reason of their own. */
  public void countFailure(RowError error) {
    usage.failed(error);
  }

  /**
   * Joins an equal question or asks the engine.
   *
   * @param cacheBytes bound on all answers that are kept for later; 0 neither keeps this one nor
   *     gives one that was kept
   * @param submit asks the engine; called by this thread, before this returns, if nobody has asked
   */
  public SharedAnswer ask(
      AnswerKey key, long cacheBytes, Supplier<CompletableFuture<Completion>> submit) {
    SharedAnswer answer = join(key, cacheBytes, submit);
    usage.asked(answer.source());
    return answer;
  }

  private SharedAnswer join(
      AnswerKey key, long cacheBytes, Supplier<CompletableFuture<Completion>> submit) {
    Pending pending;
    lock.lock();
    try {
      pending = inFlight.get(key);
      if (pending != null) {
        pending.claims++;
        pending.cacheBytes = Math.max(pending.cacheBytes, cacheBytes);
        return new SharedAnswer(pending.answer, SharedAnswer.Source.IN_FLIGHT, release(pending));
      }
      // Looked up under the lock: an answer is kept before its request leaves the map.
      Completion known = cacheBytes > 0 ? cache.findOrNull(key) : null;
      if (known != null) {
        return SharedAnswer.known(known);
      }
      pending = new Pending(key, cacheBytes);
      inFlight.put(key, pending);
    } finally {
      lock.unlock();
    }
    submit(pending, submit);
    return new SharedAnswer(pending.answer, SharedAnswer.Source.ENGINE, release(pending));
  }

  /** Requests that somebody waits for. */
  public int inFlight() {
    lock.lock();
    try {
      return inFlight.size();
    } finally {
      lock.unlock();
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // Everybody waits for the answer that this settles.
  private void submit(Pending pending, Supplier<CompletableFuture<Completion>> submit) {
    CompletableFuture<Completion> request;
    try {
      request = submit.get();
    } catch (RuntimeException | Error e) {
      settle(pending, null, e);
      throw e;
    }
    lock.lock();
    try {
      pending.request = request;
    } finally {
      lock.unlock();
    }
    request.whenComplete((completion, failure) -> settle(pending, completion, failure));
  }

  /** Runs on the engine's thread, and so does no more than bookkeeping. */
  private void settle(Pending pending, Completion completionOrNull, Throwable failureOrNull) {
    lock.lock();
    try {
      if (completionOrNull != null) {
        cache.add(pending.key, completionOrNull, pending.cacheBytes);
      }
      inFlight.remove(pending.key, pending);
    } finally {
      lock.unlock();
      if (failureOrNull == null) {
        usage.answered(completionOrNull);
        pending.answer.complete(completionOrNull);
      } else {
        usage.broken(failureOrNull);
        pending.answer.completeExceptionally(failureOrNull);
      }
    }
  }

  private Runnable release(Pending pending) {
    return () -> {
      CompletableFuture<Completion> unwanted = null;
      lock.lock();
      try {
        pending.claims--;
        if (pending.claims == 0 && inFlight.remove(pending.key, pending)) {
          unwanted = pending.request;
        }
      } finally {
        lock.unlock();
      }
      if (unwanted != null) {
        unwanted.cancel(true);
      }
    };
  }

  /** A request with the engine. All but the answer is guarded by the lock. */
  private static final class Pending {
    private final AnswerKey key;
    private final CompletableFuture<Completion> answer = new CompletableFuture<>();
    private CompletableFuture<Completion> request;
    private long cacheBytes;
    private int claims = 1;

    Pending(AnswerKey key, long cacheBytes) {
      this.key = key;
      this.cacheBytes = cacheBytes;
    }
  }
}
