package dev.swiftkv.kernels;

import java.lang.reflect.Field;
import sun.misc.Unsafe;

/**
 * Raw host memory by address. The only class that touches {@link Unsafe}: weights and pages pass 2
 * GiB, which a {@link java.nio.ByteBuffer} cannot, and the foreign-memory API is not in Java 17.
 */
public final class HostMemory {
  private static final Unsafe UNSAFE = unsafe();

  private HostMemory() {}

  /** Reads the int at an address. */
  public static int getInt(long address) {
    return UNSAFE.getInt(address);
  }

  /** Writes an int. */
  public static void putInt(long address, int value) {
    UNSAFE.putInt(address, value);
  }

  /** Reads the long at an address. */
  public static long getLong(long address) {
    return UNSAFE.getLong(address);
  }

  /** Writes a long. */
  public static void putLong(long address, long value) {
    UNSAFE.putLong(address, value);
  }

  /** Reads the short at an address. */
  public static short getShort(long address) {
    return UNSAFE.getShort(address);
  }

  /** Writes a short. */
  public static void putShort(long address, short value) {
    UNSAFE.putShort(address, value);
  }

  /** Reads the float at an address. */
  public static float getFloat(long address) {
    return UNSAFE.getFloat(address);
  }

  /** Writes a float. */
  public static void putFloat(long address, float value) {
    UNSAFE.putFloat(address, value);
  }

  /** Copies {@code count} floats from memory into an array. */
  public static void read(long address, float[] into, int offset, int count) {
    UNSAFE.copyMemory(
        null,
        address,
        into,
        Unsafe.ARRAY_FLOAT_BASE_OFFSET + (long) offset * Float.BYTES,
        (long) count * Float.BYTES);
  }

  /** Copies {@code count} floats of an array to memory. */
  public static void write(float[] from, int offset, int count, long address) {
    UNSAFE.copyMemory(
        from,
        Unsafe.ARRAY_FLOAT_BASE_OFFSET + (long) offset * Float.BYTES,
        null,
        address,
        (long) count * Float.BYTES);
  }

  /** Copies bytes between two addresses that do not overlap. */
  public static void copy(long from, long to, long bytes) {
    UNSAFE.copyMemory(from, to, bytes);
  }

  /** Zeroes memory. */
  public static void zero(long address, long bytes) {
    UNSAFE.setMemory(address, bytes, (byte) 0);
  }

  /**
   * Allocates memory that only {@link #free} gives back.
   *
   * @throws OutOfMemoryError if the system has none
   */
  static long allocate(long bytes) {
    return UNSAFE.allocateMemory(bytes);
  }

  static void free(long address) {
    UNSAFE.freeMemory(address);
  }

  private static Unsafe unsafe() {
    try {
      Field field = Unsafe.class.getDeclaredField("theUnsafe");
      field.setAccessible(true);
      return (Unsafe) field.get(null);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }
}
