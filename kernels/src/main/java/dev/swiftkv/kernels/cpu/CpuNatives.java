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
}
