package dev.swiftkv.kernels.cpu;

/** Environment variables that OpenMP reads while it loads; see {@code env.cpp}. */
final class OpenMpSettings {
  private OpenMpSettings() {}

  /** Sets what the user has not set. */
  static native void apply();

  /** Takes back what {@link #apply} set, so that child processes do not inherit it. */
  static native void restore();
}
