package dev.swiftkv.engine;

import java.util.EnumSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The last answers to the prompts of one model, bounded in bytes; those that nobody asked for a
 * long time go first. Safe from any thread.
 */
final class AnswerCache {
  /** What would go wrong in the same way again. Every other failure may be gone the next time. */
  private static final Set<ErrorCategory> LASTING_ERRORS =
      EnumSet.of(
          ErrorCategory.INVALID_PROMPT, ErrorCategory.INVALID_OPTION, ErrorCategory.UNSUPPORTED);

  /** Key and map entry. */
  private static final long KEY_BYTES = 128;

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<AnswerKey, Completion> answers =
      new LinkedHashMap<>(/* initialCapacity */ 64, /* loadFactor */ 0.75f, /* accessOrder */ true);
  private long bytes;

  Completion findOrNull(AnswerKey key) {
    lock.lock();
    try {
      return answers.get(key);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Keeps an answer if equal questions would always get it.
   *
   * @param maxBytes the bound that holds afterwards; 0 keeps nothing new and drops nothing
   */
  void add(AnswerKey key, Completion completion, long maxBytes) {
    if (!isLasting(completion) || bytesOf(completion) > maxBytes) {
      return;
    }

    lock.lock();
    try {
      Completion old = answers.put(key, completion);
      bytes += bytesOf(completion) - (old == null ? 0 : bytesOf(old));
      Iterator<Completion> eldest = answers.values().iterator();
      while (bytes > maxBytes) {
        bytes -= bytesOf(eldest.next());
        eldest.remove();
      }
    } finally {
      lock.unlock();
    }
  }

  long bytes() {
    lock.lock();
    try {
      return bytes;
    } finally {
      lock.unlock();
    }
  }

  private static boolean isLasting(Completion completion) {
    return completion.errorOrNull() == null
        || LASTING_ERRORS.contains(completion.errorOrNull().category());
  }

  /** Heap of an entry. */
  static long bytesOf(Completion completion) {
    return KEY_BYTES + completion.heapBytes();
  }
}
