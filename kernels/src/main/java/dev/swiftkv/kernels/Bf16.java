package dev.swiftkv.kernels;

/**
 * bfloat16: the upper 16 bits of a binary32. Widening is exact; narrowing rounds to the nearest
 * value, ties to the even one, overflows to infinity and keeps NaN a NaN.
 */
public final class Bf16 {
  private static final int QUIET_NAN_BIT = 0x40;

  private Bf16() {}

  /** The nearest bfloat16. */
  public static short fromFloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      // Truncation could leave an infinity: all fraction bits of this NaN may be in the lower half.
      return (short) (bits >>> 16 | QUIET_NAN_BIT);
    }
    // Adding just under half, plus the lowest kept bit, carries exactly when rounding goes up.
    return (short) (bits + 0x7FFF + (bits >>> 16 & 1) >>> 16);
  }

  /** The same value as a float. */
  public static float toFloat(short value) {
    return Float.intBitsToFloat(value << 16);
  }

  /** A float rounded to what a bfloat16 holds. */
  public static float round(float value) {
    return toFloat(fromFloat(value));
  }

  /** Widens {@code count} values in memory into an array. */
  public static void read(long address, float[] into, int offset, int count) {
    for (int i = 0; i < count; i++) {
      into[offset + i] = toFloat(HostMemory.getShort(address + 2L * i));
    }
  }

  /** Rounds {@code count} values of an array into memory. */
  public static void write(float[] from, int offset, int count, long address) {
    for (int i = 0; i < count; i++) {
      HostMemory.putShort(address + 2L * i, fromFloat(from[offset + i]));
    }
  }
}
