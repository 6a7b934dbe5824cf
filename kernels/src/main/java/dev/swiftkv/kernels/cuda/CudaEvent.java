package dev.swiftkv.kernels.cuda;

import java.util.concurrent.atomic.AtomicBoolean;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/**
 * A mark in a stream's work, set by {@link CudaStream#record}. Before the first recording it counts
 * as passed.
 */
final class CudaEvent implements AutoCloseable {
  private static final double NANOS_PER_MILLISECOND = 1e6;

  private final CudaContext context;
  private final CUevent handle = new CUevent();
  private final AtomicBoolean open = new AtomicBoolean(true);

  CudaEvent(CudaContext context, boolean timed) {
    this.context = context;
    context.enter();
    int flags = CUevent_flags.CU_EVENT_BLOCKING_SYNC;
    flags |= timed ? 0 : CUevent_flags.CU_EVENT_DISABLE_TIMING;
    context
        .status()
        .check(JCudaDriver.cuEventCreate(handle, flags), "cuEventCreate(flags = %d)", flags);
  }

  CUevent handle() {
    return handle;
  }

  /** Whether all work before the last recording is done. */
  boolean isDone() {
    context.enter();
    int result = JCudaDriver.cuEventQuery(handle);
    if (result == CUresult.CUDA_ERROR_NOT_READY) {
      return false;
    }
    context.status().check(result, "cuEventQuery()");
    return true;
  }

  /** Waits until all work before the last recording is done. */
  void synchronize() {
    context.enter();
    context.status().check(JCudaDriver.cuEventSynchronize(handle), "cuEventSynchronize()");
  }

  /** Nanoseconds on the device from another event to this one, both timed and passed. */
  long nanosSince(CudaEvent start) {
    context.enter();
    float[] milliseconds = new float[1];
    context
        .status()
        .check(
            JCudaDriver.cuEventElapsedTime(milliseconds, start.handle, handle),
            "cuEventElapsedTime()");
    return Math.round(milliseconds[0] * NANOS_PER_MILLISECOND);
  }

  @Override
  public void close() {
    if (open.compareAndSet(true, false)) {
      context.release("cuEventDestroy()", () -> JCudaDriver.cuEventDestroy(handle));
    }
  }
}
