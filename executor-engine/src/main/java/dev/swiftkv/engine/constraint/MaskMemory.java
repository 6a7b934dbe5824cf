package dev.swiftkv.engine.constraint;

import java.util.concurrent.atomic.AtomicLong;

/** What the masks of all constraints of one model may take together. Safe from any thread. */
final class MaskMemory {
  private static final long MOST_BYTES = 128L << 20;

  private final AtomicLong taken = new AtomicLong();

  /** Takes some bytes; false, though taken all the same, if that is more than there are. */
  boolean take(long bytes) {
    return taken.addAndGet(bytes) <= MOST_BYTES;
  }

  void give(long bytes) {
    taken.addAndGet(-bytes);
  }
}
