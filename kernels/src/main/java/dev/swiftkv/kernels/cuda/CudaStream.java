package dev.swiftkv.kernels.cuda;

import java.util.concurrent.atomic.AtomicBoolean;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUgraph;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/**
 * A queue of work for the device, done in order. Methods return before the work is done, except
 * those that say otherwise; an error of the work shows in any later call.
 *
 * <p>Copies take host memory from {@link PinnedMemory}, which must stay as it is until the copy is
 * done. Other host memory is copied before the method returns, slowly, and not in a graph.
 */
final class CudaStream implements AutoCloseable {
  private static final String HOST_TO_DEVICE =
      "cuMemcpyHtoDAsync(from = 0x%x, to = 0x%x, bytes = %d)";
  private static final String DEVICE_TO_HOST =
      "cuMemcpyDtoHAsync(from = 0x%x, to = 0x%x, bytes = %d)";
  private static final String ON_DEVICE = "cuMemcpyDtoDAsync(from = 0x%x, to = 0x%x, bytes = %d)";

  private final CudaContext context;
  private final CudaStatus status;
  private final CUstream handle = new CUstream();
  private final AtomicBoolean open = new AtomicBoolean(true);

  CudaStream(CudaContext context) {
    this.context = context;
    status = context.status();
    context.enter();
    int flags = CUstream_flags.CU_STREAM_NON_BLOCKING;
    status.check(JCudaDriver.cuStreamCreate(handle, flags), "cuStreamCreate(flags = %d)", flags);
  }

  CUstream handle() {
    return handle;
  }

  /**
   * Launches a kernel.
   *
   * @param gridX blocks along x
   * @param gridY blocks along y
   * @param threads of a block, along x
   * @param sharedBytes dynamic shared memory of a block
   * @param arguments the kernel's struct, which is copied at once
   */
  void launch(
      CudaKernel kernel,
      int gridX,
      int gridY,
      int threads,
      int sharedBytes,
      KernelArguments arguments) {
    context.enter();
    Pointer table = arguments.table();
    int result =
        JCudaDriver.cuLaunchKernel(
            kernel.function(), gridX, gridY, 1, threads, 1, 1, sharedBytes, handle, table, null);
    if (result != CUresult.CUDA_SUCCESS) {
      throw status.problem(
          result,
          "cuLaunchKernel(%s, grid = %d x %d, threads = %d, shared bytes = %d)"
              .formatted(kernel.name(), gridX, gridY, threads, sharedBytes));
    }
  }

  /** Copies host memory to the device, by address. */
  void copyToDevice(long from, long to, long bytes) {
    copyToDevice(HostPointer.to(from), DevicePointer.to(to), bytes);
  }

  /** Copies host memory to the device; pointers that are kept save their allocation. */
  void copyToDevice(Pointer from, CUdeviceptr to, long bytes) {
    context.enter();
    int result = JCudaDriver.cuMemcpyHtoDAsync(to, from, bytes, handle);
    if (result != CUresult.CUDA_SUCCESS) {
      status.check(
          result, HOST_TO_DEVICE, HostPointer.addressOf(from), DevicePointer.addressOf(to), bytes);
    }
  }

  /** Copies device memory to the host, by address. */
  void copyToHost(long from, long to, long bytes) {
    copyToHost(DevicePointer.to(from), HostPointer.to(to), bytes);
  }

  /** Copies device memory to the host; pointers that are kept save their allocation. */
  void copyToHost(CUdeviceptr from, Pointer to, long bytes) {
    context.enter();
    int result = JCudaDriver.cuMemcpyDtoHAsync(to, from, bytes, handle);
    if (result != CUresult.CUDA_SUCCESS) {
      status.check(
          result, DEVICE_TO_HOST, DevicePointer.addressOf(from), HostPointer.addressOf(to), bytes);
    }
  }

  /** Copies device memory that does not overlap. */
  void copyOnDevice(long from, long to, long bytes) {
    context.enter();
    status.check(
        JCudaDriver.cuMemcpyDtoDAsync(DevicePointer.to(to), DevicePointer.to(from), bytes, handle),
        ON_DEVICE,
        from,
        to,
        bytes);
  }

  /** Sets every byte of device memory to a value. */
  void fill(long address, byte value, long bytes) {
    context.enter();
    status.check(
        JCudaDriver.cuMemsetD8Async(DevicePointer.to(address), value, bytes, handle),
        "cuMemsetD8Async(at = 0x%x, value = %d, bytes = %d)",
        address,
        value,
        bytes);
  }

  /** Marks this place of the work. */
  void record(CudaEvent event) {
    context.enter();
    status.check(JCudaDriver.cuEventRecord(event.handle(), handle), "cuEventRecord()");
  }

  /** Lets the work that follows wait for an event, as it was last recorded. */
  void waitFor(CudaEvent event) {
    context.enter();
    status.check(JCudaDriver.cuStreamWaitEvent(handle, event.handle(), 0), "cuStreamWaitEvent()");
  }

  /** Waits until the work is done. */
  void synchronize() {
    context.enter();
    status.check(JCudaDriver.cuStreamSynchronize(handle), "cuStreamSynchronize()");
  }

  /** Whether the work is done. */
  boolean isDone() {
    context.enter();
    int result = JCudaDriver.cuStreamQuery(handle);
    if (result == CUresult.CUDA_ERROR_NOT_READY) {
      return false;
    }
    status.check(result, "cuStreamQuery()");
    return true;
  }

  /**
   * Records what a piece of code asks of this stream, and does none of it. Other streams take part
   * if they wait for an event of this one, and this one for an event of theirs at the end. The code
   * must not allocate, free or wait.
   *
   * @return the work as a graph, which the caller closes
   */
  CudaGraph capture(Runnable work) {
    context.enter();
    // Thread-local: other threads may allocate meanwhile.
    int mode = CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL;
    status.check(
        JCudaDriver.cuStreamBeginCapture(handle, mode), "cuStreamBeginCapture(mode = %d)", mode);
    CUgraph graph = new CUgraph();
    boolean completed = false;
    try {
      work.run();
      completed = true;
    } finally {
      if (!completed) {
        abandon(graph);
      }
    }
    context.enter();
    status.check(JCudaDriver.cuStreamEndCapture(handle, graph), "cuStreamEndCapture()");
    return new CudaGraph(context, graph);
  }

  /** Ends a recording after an error, which the caller is about to hear of. */
  private void abandon(CUgraph graph) {
    if (JCudaDriver.cuStreamEndCapture(handle, graph) == CUresult.CUDA_SUCCESS) {
      CudaGraph.discard(context, graph);
    }
  }

  /** Gives the stream back; its work is still done. */
  @Override
  public void close() {
    if (open.compareAndSet(true, false)) {
      context.release("cuStreamDestroy()", () -> JCudaDriver.cuStreamDestroy(handle));
    }
  }
}
