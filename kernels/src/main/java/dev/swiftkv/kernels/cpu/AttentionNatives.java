package dev.swiftkv.kernels.cpu;

import dev.swiftkv.kernels.KvShape;

/**
 * Attention over pages, the choice of tokens and the size of pages, as they are in {@code
 * attention_natives.cpp}. Call {@link NativeLibrary#require} before the first.
 *
 * <p>Nothing is checked here or behind: addresses, shapes, block tables and penalized tokens must
 * have passed {@link dev.swiftkv.kernels.OpsChecks}. Arrays of longs are {@link NativeViews}; a
 * dtype is an ordinal of {@link dev.swiftkv.kernels.DType}; {@code threads} is how many OpenMP
 * threads may work. What the C++ refuses is an {@link IllegalStateException}.
 */
final class AttentionNatives {
  private AttentionNatives() {}

  /** {@link dev.swiftkv.kernels.Ops#attend}; queries and out are of {@code dtype}. */
  static native void attend(
      int threads, long queries, int dtype, long[] shape, long[] pages, long[] batch, long out);

  /** {@link dev.swiftkv.kernels.Ops#sample}. */
  static native void sample(
      int threads, long logits, int vocabulary, long[] sampling, int[] tokens);

  /** {@link dev.swiftkv.kernels.Backend#copyBlock}. */
  static native void copyBlock(long[] pages, int from, int to);

  /** Bytes of the keys of a block, and of its values, padding included. */
  static long kvBytesPerBlock(KvShape shape) {
    return kvBytesPerBlock(
        shape.dtype().ordinal(), shape.kvHeads(), shape.headSize(), shape.blockTokens());
  }

  /**
   * Lowers the instruction set in use, so that tests can compare them in one process.
   *
   * @param highest an ordinal of {@code Isa} in cpu_features.h; 4 lifts the limit again
   */
  static native void limitIsa(int highest);

  private static native long kvBytesPerBlock(int dtype, int kvHeads, int headSize, int blockTokens);
}
