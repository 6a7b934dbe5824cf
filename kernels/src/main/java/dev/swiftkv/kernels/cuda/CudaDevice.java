package dev.swiftkv.kernels.cuda;

/**
 * A GPU that the driver shows.
 *
 * @param index its ordinal; {@code CUDA_VISIBLE_DEVICES} settles which devices have one
 * @param name as the driver gives it
 * @param major of its compute capability
 * @param minor of its compute capability
 * @param multiprocessors how many it has
 * @param totalBytes of its memory
 * @param sharedBytesPerBlock the most shared memory that a block may opt in to
 * @param driverVersion the newest CUDA that the driver knows, as major * 1000 + minor * 10
 */
public record CudaDevice(
    int index,
    String name,
    int major,
    int minor,
    int multiprocessors,
    long totalBytes,
    int sharedBytesPerBlock,
    int driverVersion) {

  /** Compute capability as major * 10 + minor. */
  public int capability() {
    return 10 * major + minor;
  }

  /** Whether the kernels of this build run on it. */
  public boolean isSupported() {
    return capability() >= KernelImages.OLDEST_CAPABILITY;
  }

  /** {@code GPU 0 (NVIDIA H200)}, for messages. */
  public String label() {
    return "GPU %d (%s)".formatted(index, name);
  }

  /** One line for people. */
  public String description() {
    return "%s, compute capability %d.%d, %d multiprocessors, %d MiB, driver for CUDA %s"
        .formatted(
            label(), major, minor, multiprocessors, totalBytes >> 20, versionText(driverVersion));
  }

  /** {@code 12.4} for 12040. */
  static String versionText(int version) {
    return "%d.%d".formatted(version / 1000, version % 1000 / 10);
  }
}
