package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.HostMemory;
import jcuda.Pointer;

/**
 * The struct that a kernel is launched with. Fields are added in the order of the C struct and lie
 * where C puts them. The driver copies the struct when a launch is made, or recorded in a graph, so
 * the next one can be written at once. Structs lie in pinned memory behind the table that points to
 * them: a launch allocates nothing. Confined to one thread at a time.
 */
final class KernelArguments implements AutoCloseable {
  /** The most that a kernel may take; CUDA C++ Programming Guide, section on limits. */
  static final int MAX_BYTES = 4096;

  private static final int STRUCT_OFFSET = 64;

  private final PinnedMemory memory;
  private final Pointer table;
  private final long struct;
  private int declared;
  private int written;

  KernelArguments(CudaContext context) {
    memory = context.pinned(STRUCT_OFFSET + MAX_BYTES);
    table = HostPointer.to(memory.address());
    struct = memory.address() + STRUCT_OFFSET;
    HostMemory.putLong(memory.address(), struct);
  }

  /**
   * Starts a struct.
   *
   * @param bytes its size in C
   */
  KernelArguments begin(int bytes) {
    if (bytes <= 0 || bytes > MAX_BYTES) {
      throw new IllegalArgumentException(
          "Arguments of a kernel take 1 to %d bytes, not %d".formatted(MAX_BYTES, bytes));
    }
    declared = bytes;
    written = 0;
    return this;
  }

  /** Adds a pointer or a 64-bit number. */
  KernelArguments putLong(long value) {
    HostMemory.putLong(next(Long.BYTES), value);
    return this;
  }

  /** Adds a 32-bit number. */
  KernelArguments putInt(int value) {
    HostMemory.putInt(next(Integer.BYTES), value);
    return this;
  }

  /** Adds a float. */
  KernelArguments putFloat(float value) {
    HostMemory.putFloat(next(Float.BYTES), value);
    return this;
  }

  /** The table for the driver, once all fields are there. */
  Pointer table() {
    boolean isComplete = written <= declared && declared - written < Long.BYTES && written > 0;
    if (!isComplete) {
      throw new IllegalStateException(
          "A kernel's arguments take %d bytes, and %d were written".formatted(declared, written));
    }
    return table;
  }

  private long next(int bytes) {
    int at = (written + bytes - 1) / bytes * bytes;
    written = at + bytes;
    if (written > declared) {
      throw new IllegalStateException(
          "A kernel's arguments take %d bytes, and %d were written".formatted(declared, written));
    }
    return struct + at;
  }

  @Override
  public void close() {
    memory.close();
  }
}
