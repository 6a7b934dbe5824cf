package dev.swiftkv.benchmarks.gpu;

import dev.swiftkv.kernels.NoiseBand;

/** Prompts that another program can make too: pure functions of a seed. */
final class Prompts {
  private static final long INCREMENT = 0x9E3779B97F4A7C15L;

  private Prompts() {}

  /** Token ids, the same as {@code prompt} of benchmarks/gpu/noise.py. */
  static int[] prompt(long seed, int length, int vocabulary) {
    int[] tokens = new int[length];
    for (int i = 0; i < length; i++) {
      tokens[i] =
          (int) (NoiseBand.mix(seed + INCREMENT * (i + 1)) & Integer.MAX_VALUE) % vocabulary;
    }
    return tokens;
  }
}
