package dev.swiftkv.kernels.cpu;

/**
 * The functions of the native library, as they are in {@code cpu_natives.cpp}. Call {@link
 * NativeLibrary#require} before the first.
 */
final class CpuNatives {
  private CpuNatives() {}

  /** The instruction set in force, as an ordinal of {@code Isa} in cpu_features.h; 0 is none. */
  static native int activeIsa();

  /** Instruction set and library versions, for logs. */
  static native String description();

  /**
   * Asks for large pages under memory that nobody has touched yet, where it is large enough:
   * weights and keys stream from memory nearly twice as fast when address translation does not hold
   * them up. A wish, which the operating system may ignore.
   */
  static native void adviseLargePages(long address, long bytes);
}
