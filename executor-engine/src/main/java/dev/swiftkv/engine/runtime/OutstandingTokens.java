package dev.swiftkv.engine.runtime;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Tokens that an engine must still compute for one request: of its prompt, and of its completion if
 * that gets as long as it may. Its part of the engine's sum never counts twice and never stays,
 * though the engine's thread computes while the caller may cancel.
 */
final class OutstandingTokens {
  private final AtomicLong left;
  private final AtomicLong sum;

  /** Adds a request's tokens to the sum of its engine. */
  OutstandingTokens(long tokens, AtomicLong sum) {
    left = new AtomicLong(tokens);
    this.sum = sum;
    sum.addAndGet(tokens);
  }

  /** Some were computed. */
  void computed(int tokens) {
    long before;
    do {
      before = left.get();
    } while (!left.compareAndSet(before, Math.max(0, before - tokens)));
    sum.addAndGet(-Math.min(before, tokens));
  }

  /** The request ended, in whatever way. */
  void ended() {
    sum.addAndGet(-left.getAndSet(0));
  }
}
