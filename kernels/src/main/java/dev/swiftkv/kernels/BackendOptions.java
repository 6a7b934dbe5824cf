package dev.swiftkv.kernels;

/**
 * What a backend is opened with.
 *
 * @param memoryBudgetBytes the most device memory that may be allocated
 * @param threads CPU threads of the kernels; 0 means all available processors
 * @param deviceIndex which device of its kind, from 0
 */
public record BackendOptions(long memoryBudgetBytes, int threads, int deviceIndex) {
  /** Checks the ranges. */
  public BackendOptions {
    if (memoryBudgetBytes <= 0 || threads < 0 || deviceIndex < 0) {
      throw new IllegalArgumentException(
          "Backend options out of range: memoryBudgetBytes %d, threads %d, deviceIndex %d"
              .formatted(memoryBudgetBytes, threads, deviceIndex));
    }
  }

  /** No limit but the machine's, all processors, the first device. */
  public static BackendOptions defaults() {
    return new BackendOptions(Long.MAX_VALUE, 0, 0);
  }

  /** The number of kernel threads, with 0 resolved. */
  public int resolvedThreads() {
    return threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
  }
}
