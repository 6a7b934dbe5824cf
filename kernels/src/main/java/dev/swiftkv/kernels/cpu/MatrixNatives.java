package dev.swiftkv.kernels.cpu;

/**
 * The native functions around matrix products, as they are in {@code matrix_natives.cpp}: {@code
 * gemm} and {@code weight} are handles, everything else that is a long is an address, and arrays
 * come from {@link NativeViews}. Arguments are not checked.
 *
 * <p>Functions that take scratch memory return how many bytes they need if they were given fewer,
 * and have then done nothing; otherwise they return 0.
 */
final class MatrixNatives {
  private MatrixNatives() {}

  /** Opens the products on a number of threads. */
  static native long open(int threads);

  static native void close(long gemm);

  /** Whether products in a type, an ordinal of {@code DType}, can run on this CPU. */
  static native boolean supports(long gemm, int dtype);

  /** Nanoseconds spent in products so far. */
  static native long gemmNanos(long gemm);

  /** Describes a weight; {@link #place} gives it memory and {@link #pack} its values. */
  static native long openWeight(long gemm, int dtype, int outputs, int inputs);

  static native void closeWeight(long weight);

  static native long packedBytes(long gemm, long weight);

  static native void place(long weight, long packed);

  /** Packs F32 rows; {@code first} is a multiple of 64. */
  static native void pack(long gemm, long weight, int first, int count, long rows);

  /** Forbids blocks of so many rows for all weights of a shape, for tests of what then happens. */
  static native void reject(long weight, int rows);

  static native void embed(long gemm, long table, long[] batch, long x);

  static native void rmsNorm(
      long gemm, long x, long weight, float epsilon, int rows, int columns, int dtype, long out);

  static native void gatherRows(long x, int columns, long[] batch, long out);

  /** {@code bias} may be 0. */
  static native long project(
      long gemm,
      long weight,
      long bias,
      long x,
      int rows,
      long y,
      boolean add,
      long scratch,
      long scratchBytes);

  static native long gatedFfn(
      long gemm,
      long gateUp,
      long down,
      long normed,
      int rows,
      long x,
      long scratch,
      long scratchBytes);

  static native long qkv(
      long gemm,
      long weight,
      long bias,
      long normed,
      long[] shape,
      long[] rope,
      long[] batch,
      long[] cache,
      long queries,
      long scratch,
      long scratchBytes);

  static native long queries(
      long gemm,
      long weight,
      long bias,
      long normed,
      long[] shape,
      long[] rope,
      long[] batch,
      long queries,
      long scratch,
      long scratchBytes);

  static native long laterKv(
      long gemm,
      long weight,
      long bias,
      long normed,
      long[] shape,
      long[] rope,
      long[] batch,
      long[] caches,
      int cacheCount,
      long scratch,
      long scratchBytes);
}
