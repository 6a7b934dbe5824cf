package dev.swiftkv.kernels.cuda;

import java.util.List;
import java.util.function.IntSupplier;
import jcuda.driver.CUcontext;
import jcuda.driver.CUctx_flags;
import jcuda.driver.CUdevice;
import jcuda.driver.JCudaDriver;

/**
 * All that one backend owns on a device. A context of its own and not the device's primary one: an
 * error ends the context in which it happens, and closing this one does not touch others.
 *
 * <p>Safe from any thread. The driver keeps a current context for each thread, and other software
 * in this JVM may change it, so every operation sets it anew ({@link #enter}); that costs less than
 * a tenth of a launch.
 */
final class CudaContext implements AutoCloseable {
  private final CudaDevice device;
  private final CudaStatus status;
  private final CUcontext handle;
  private CudaStream upkeep;
  private CudaDeviceMemory memory;
  private KernelModules modules;
  private volatile boolean closed;

  private CudaContext(CudaDevice device, CudaStatus status, CUcontext handle) {
    this.device = device;
    this.status = status;
    this.handle = handle;
  }

  /**
   * Opens a context and loads the kernels into it.
   *
   * @param budgetBytes the most device memory that may be allocated
   * @throws dev.swiftkv.kernels.BackendUnavailableException if there is no such device, or our
   *     kernels do not run on it
   * @throws dev.swiftkv.kernels.DeviceMemoryException if the device has no room for a context
   * @throws dev.swiftkv.kernels.DeviceFailedException if the device is in a state of failure
   */
  static CudaContext open(int deviceIndex, long budgetBytes) {
    CudaDevice device = CudaProbe.require(deviceIndex);
    CudaStatus status = new CudaStatus(device.label());
    CUdevice ordinal = new CUdevice();
    status.check(JCudaDriver.cuDeviceGet(ordinal, deviceIndex), "cuDeviceGet(%d)", deviceIndex);
    CUcontext handle = new CUcontext();
    // Waiting threads sleep: a processor is worth more to the tasks beside us than some
    // microseconds.
    int flags = CUctx_flags.CU_CTX_SCHED_BLOCKING_SYNC;
    status.check(JCudaDriver.cuCtxCreate(handle, flags, ordinal), "cuCtxCreate(flags = %d)", flags);
    CudaContext context = new CudaContext(device, status, handle);
    try {
      context.upkeep = context.newStream();
      context.memory = new CudaDeviceMemory(context, context.upkeep, budgetBytes);
      context.modules = KernelModules.load(context);
      // Creation put it on top of what was current to this thread, which comes back.
      status.check(JCudaDriver.cuCtxPopCurrent(new CUcontext()), "cuCtxPopCurrent()");
      return context;
    } catch (RuntimeException | Error e) {
      context.destroy();
      throw e;
    }
  }

  /** The device. */
  CudaDevice device() {
    return device;
  }

  /** The one allocator of this context. */
  CudaDeviceMemory memory() {
    return memory;
  }

  /** What the driver's results are checked with. */
  CudaStatus status() {
    return status;
  }

  /** Whether the device's images have a kernel of this name. */
  boolean hasKernel(String name) {
    return modules.hasKernel(name);
  }

  /**
   * A kernel by its name in the source.
   *
   * @throws IllegalStateException if the images for this device have none of that name
   */
  CudaKernel kernel(String name) {
    return modules.kernel(name);
  }

  /** The image that the driver took of each module of kernels, as in {@code embed.fatbin}. */
  List<String> kernelImages() {
    return modules.images();
  }

  /** A stream whose work waits for no other stream unless it is told to. */
  CudaStream newStream() {
    return new CudaStream(this);
  }

  /** An event that marks a place in a stream's work. */
  CudaEvent newEvent() {
    return new CudaEvent(this, false);
  }

  /** An event that also notes the time; a little slower. */
  CudaEvent newTimedEvent() {
    return new CudaEvent(this, true);
  }

  /** Host memory that the device copies from and to without a detour; holds anything. */
  PinnedMemory pinned(long bytes) {
    return new PinnedMemory(this, bytes);
  }

  /** Room for the arguments of launches made by one thread. */
  KernelArguments newArguments() {
    return new KernelArguments(this);
  }

  /** Waits until the device has done all that was asked of this context. */
  void synchronize() {
    enter();
    status.check(JCudaDriver.cuCtxSynchronize(), "cuCtxSynchronize()");
  }

  /**
   * Makes this the calling thread's context.
   *
   * @throws dev.swiftkv.kernels.DeviceFailedException if an error has ended it
   * @throws IllegalStateException if it is closed
   */
  void enter() {
    status.requireUsable();
    if (closed) {
      throw new IllegalStateException("the context of %s is closed".formatted(device.label()));
    }
    status.check(JCudaDriver.cuCtxSetCurrent(handle), "cuCtxSetCurrent()");
  }

  /**
   * Makes a call that gives something back. Does nothing when the context has ended, which gives
   * everything back, and never throws.
   */
  void release(String call, IntSupplier body) {
    if (closed || status.hasFailed()) {
      return;
    }
    int result = JCudaDriver.cuCtxSetCurrent(handle);
    status.note(result == 0 ? body.getAsInt() : result, call);
  }

  /**
   * Frees everything in this context, pinned memory too. Closing again does nothing.
   *
   * @throws IllegalStateException naming the device memory that was not given back, unless an error
   *     has ended the context
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    destroy();
    if (!status.hasFailed()) {
      memory.requireEmpty();
    }
  }

  /** Closes because of an error, which stays the one to tell about. */
  void closeAfter(Throwable problem) {
    try {
      close();
    } catch (RuntimeException leak) {
      problem.addSuppressed(leak);
    }
  }

  private void destroy() {
    closed = true;
    status.note(JCudaDriver.cuCtxDestroy(handle), "cuCtxDestroy()");
  }
}
