package dev.swiftkv.kernels;

/** Host memory for the ints and floats of a step, carved from one allocation and freed at once. */
final class HostArena implements AutoCloseable {
  private static final int ALIGNMENT = 64;

  private final long base;
  private final long end;
  private long next;

  HostArena(long bytes) {
    base = HostMemory.allocate(bytes + ALIGNMENT);
    end = base + bytes + ALIGNMENT;
    next = aligned(base);
    HostMemory.zero(base, bytes + ALIGNMENT);
  }

  /** Bytes that {@code count} elements take inside an arena. */
  static long bytesFor(long count, int elementBytes) {
    return aligned(Math.max(count, 1) * elementBytes);
  }

  IntSlab ints(int count) {
    return new IntSlab(take(count, Integer.BYTES), count);
  }

  long take(long count, int elementBytes) {
    long address = next;
    next += bytesFor(count, elementBytes);
    if (next > end) {
      throw new IllegalStateException("Arena is too small by %d bytes".formatted(next - end));
    }
    return address;
  }

  @Override
  public void close() {
    HostMemory.free(base);
  }

  private static long aligned(long value) {
    return (value + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }
}
