package dev.swiftkv.kvcache;

/** Copies the keys and values of one block onto another, in every cache of the pool. */
@FunctionalInterface
public interface BlockCopier {
  /** Copies block {@code from} onto block {@code to}. */
  void copyBlock(int from, int to);
}
