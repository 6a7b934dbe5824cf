package dev.swiftkv.kernels.cuda;

import java.util.concurrent.atomic.AtomicBoolean;
import jcuda.Pointer;
import jcuda.driver.JCudaDriver;

/**
 * Host memory that stays where it is, so that the device copies from and to it on its own. Holds
 * anything at first. Whoever asked for it closes it; closing twice is harmless.
 */
final class PinnedMemory implements AutoCloseable {
  private final CudaContext context;
  private final Pointer pointer = new Pointer();
  private final long address;
  private final long bytes;
  private final AtomicBoolean open = new AtomicBoolean(true);

  PinnedMemory(CudaContext context, long bytes) {
    if (bytes <= 0) {
      throw new IllegalArgumentException(
          "Pinned memory needs more than 0 bytes, got %d".formatted(bytes));
    }
    this.context = context;
    this.bytes = bytes;
    context.enter();
    context
        .status()
        .check(
            JCudaDriver.cuMemHostAlloc(pointer, bytes, 0),
            "cuMemHostAlloc(bytes = %d) of the host's memory",
            bytes);
    address = HostPointer.addressOf(pointer);
  }

  /** The host address of the first byte, aligned to 64 bytes. */
  long address() {
    return address;
  }

  /** Its size. */
  long bytes() {
    return bytes;
  }

  @Override
  public void close() {
    if (open.compareAndSet(true, false)) {
      context.release("cuMemFreeHost()", () -> JCudaDriver.cuMemFreeHost(pointer));
    }
  }
}
