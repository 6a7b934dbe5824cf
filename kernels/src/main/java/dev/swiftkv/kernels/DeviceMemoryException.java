package dev.swiftkv.kernels;

/** The device's memory, or the budget set for it, has no room for an allocation. */
public final class DeviceMemoryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Names the allocation, its size, the limit and the remedy. */
  public DeviceMemoryException(String message) {
    super(message);
  }
}
