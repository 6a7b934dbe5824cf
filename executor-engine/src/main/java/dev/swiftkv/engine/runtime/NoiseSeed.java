package dev.swiftkv.engine.runtime;

/**
 * The seed of a row's noise: the user's seed and the row's own prompt, so that rows differ and
 * equal rows agree on every retry, partitioning and executor.
 */
final class NoiseSeed {
  private NoiseSeed() {}

  static long of(long seed, int[] promptIds) {
    long hash = mix(promptIds.length);
    for (int id : promptIds) {
      hash = mix(hash + id);
    }
    return mix(seed ^ hash);
  }

  /** The mixer of SplitMix64 (Steele, Lea and Flood). */
  private static long mix(long value) {
    long z = value + 0x9E3779B97F4A7C15L;
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }
}
