package dev.swiftkv.kernels;

/**
 * A fixed array of ints in host memory that native code and copy engines can read in place. Views
 * die with the {@link RaggedBatch} or {@link SamplingBatch} that owns them.
 */
public final class IntSlab {
  private final long address;
  private final int capacity;

  IntSlab(long address, int capacity) {
    this.address = address;
    this.capacity = capacity;
  }

  /** Host address of element 0. */
  public long address() {
    return address;
  }

  /** Number of elements. */
  public int capacity() {
    return capacity;
  }

  /** Element {@code index}. */
  public int get(int index) {
    return HostMemory.getInt(address + 4L * checked(index));
  }

  /** Sets element {@code index}. */
  public void set(int index, int value) {
    HostMemory.putInt(address + 4L * checked(index), value);
  }

  private int checked(int index) {
    if (index < 0 || index >= capacity) {
      throw new IndexOutOfBoundsException("Index %d of %d ints".formatted(index, capacity));
    }
    return index;
  }
}
