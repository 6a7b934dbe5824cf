package dev.swiftkv.kernels;

/**
 * The one accounted allocator of a device. Everything that a backend or its users hold on the
 * device comes from here, so the sum is known and a leak is named when the backend closes.
 */
public interface DeviceMemory {
  /**
   * Allocates zeroed memory, aligned to 64 bytes.
   *
   * @param label what it is for; shown by leak reports and out-of-memory errors
   * @param bytes its size, above 0
   * @throws DeviceMemoryException if the budget or the device has no room
   */
  DeviceBuffer allocate(String label, long bytes);

  /**
   * Like {@link #allocate}, but the memory holds anything, and pages of it that are never written
   * need not take up real memory. For large pools that are filled little by little.
   */
  default DeviceBuffer allocateUninitialized(String label, long bytes) {
    return allocate(label, bytes);
  }

  /** Bytes now allocated. */
  long allocatedBytes();

  /** The most bytes that may be allocated at once. */
  long budgetBytes();

  /** Bytes that may still be allocated. */
  default long availableBytes() {
    return budgetBytes() - allocatedBytes();
  }
}
