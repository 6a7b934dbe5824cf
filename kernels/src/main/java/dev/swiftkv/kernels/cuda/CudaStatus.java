package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.DeviceFailedException;
import dev.swiftkv.kernels.DeviceMemoryException;
import java.util.concurrent.atomic.AtomicReference;
import jcuda.driver.CUresult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns the driver's results into exceptions, and remembers the first error that ended a context:
 * from then on nothing can be done with it, and everything that tries is told about that error.
 *
 * <p>Calls are described by format strings, so that a call that succeeds costs a comparison. Safe
 * from any thread.
 */
final class CudaStatus {
  private static final Logger LOG = LoggerFactory.getLogger(CudaStatus.class);

  private final String device;
  private final AtomicReference<String> failure = new AtomicReference<>();

  /** For one context on the device that messages call by this name. */
  CudaStatus(String device) {
    this.device = device;
  }

  /** Whether an error has ended the context. */
  boolean hasFailed() {
    return failure.get() != null;
  }

  /**
   * Checks that no error has ended the context.
   *
   * @throws DeviceFailedException with the first such error
   */
  void requireUsable() {
    String first = failure.get();
    if (first != null) {
      throw new DeviceFailedException(first);
    }
  }

  /**
   * Checks a call's result.
   *
   * @throws DeviceMemoryException if the device's memory has no room
   * @throws DeviceFailedException if the context has ended
   * @throws IllegalStateException for every other error
   */
  void check(int result, String call) {
    if (result != CUresult.CUDA_SUCCESS) {
      throw problem(result, call);
    }
  }

  /** The same for a call with an argument, at {@code %d} or {@code %x} in its description. */
  void check(int result, String call, long argument) {
    if (result != CUresult.CUDA_SUCCESS) {
      throw problem(result, call.formatted(argument));
    }
  }

  /** The same for three arguments, which suits copies and fills. */
  void check(int result, String call, long first, long second, long third) {
    if (result != CUresult.CUDA_SUCCESS) {
      throw problem(result, call.formatted(first, second, third));
    }
  }

  /** The exception for an error that a call returned; see {@link #check(int, String)}. */
  RuntimeException problem(int result, String call) {
    String message =
        "%s on %s failed with %s".formatted(call, device, CudaResults.describe(result));
    if (result == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
      return new DeviceMemoryException(message);
    }
    if (!CudaResults.isSticky(result)) {
      return new IllegalStateException(message);
    }
    failure.compareAndSet(null, message);
    return new DeviceFailedException(failure.get());
  }

  /**
   * Takes note of the result of a call that gives something back. Such calls must not throw: they
   * run while other errors are handled, and the next call that does something will tell.
   */
  void note(int result, String call) {
    if (result != CUresult.CUDA_SUCCESS) {
      LOG.warn("{}", problem(result, call).getMessage());
    }
  }
}
