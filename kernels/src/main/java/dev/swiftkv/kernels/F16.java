package dev.swiftkv.kernels;

/** IEEE 754 binary16, which some checkpoints store; {@code Float.float16ToFloat} is not in 17. */
public final class F16 {
  private static final float SUBNORMAL_UNIT = 0x1p-24f;

  private F16() {}

  /** The same value as a float, exactly; subnormals, infinities and NaN included. */
  public static float toFloat(short value) {
    int sign = (value & 0x8000) << 16;
    int exponent = value >>> 10 & 0x1F;
    int fraction = value & 0x3FF;
    int magnitude =
        switch (exponent) {
          case 0 -> Float.floatToRawIntBits(fraction * SUBNORMAL_UNIT);
          case 0x1F -> 0x7F800000 | fraction << 13;
          default -> exponent + (127 - 15) << 23 | fraction << 13;
        };
    return Float.intBitsToFloat(sign | magnitude);
  }

  /** Widens {@code count} values in memory into an array. */
  public static void read(long address, float[] into, int offset, int count) {
    for (int i = 0; i < count; i++) {
      into[offset + i] = toFloat(HostMemory.getShort(address + 2L * i));
    }
  }
}
