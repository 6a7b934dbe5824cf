package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.DeviceBuffer;
import dev.swiftkv.kernels.DeviceMemory;
import dev.swiftkv.kernels.DeviceMemoryException;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/**
 * The allocator of a context. Safe from any thread, but not while the same thread records a graph.
 * The driver aligns to 256 bytes or more. Giving memory back waits for the device, so work that was
 * asked for before may still use it.
 */
final class CudaDeviceMemory implements DeviceMemory {
  private final CudaContext context;
  private final CudaStream zeroing;
  private final long budgetBytes;
  private final AtomicLong allocated = new AtomicLong();
  private final AtomicLong releases = new AtomicLong();
  private final Set<CudaBuffer> live = ConcurrentHashMap.newKeySet();

  /**
   * An allocator.
   *
   * @param zeroing the stream that zeroes memory; nobody waits for anything else in it
   * @param budgetBytes the most to allocate at once; more than the device has means all it has
   */
  CudaDeviceMemory(CudaContext context, CudaStream zeroing, long budgetBytes) {
    if (budgetBytes <= 0) {
      throw new IllegalArgumentException(
          "The memory budget must be above 0 bytes, got %d".formatted(budgetBytes));
    }
    this.context = context;
    this.zeroing = zeroing;
    this.budgetBytes = Math.min(budgetBytes, context.device().totalBytes());
  }

  @Override
  public DeviceBuffer allocate(String label, long bytes) {
    DeviceBuffer buffer = allocateUninitialized(label, bytes);
    try {
      zeroing.fill(buffer.address(), (byte) 0, bytes);
      zeroing.synchronize();
      return buffer;
    } catch (RuntimeException e) {
      buffer.close();
      throw e;
    }
  }

  @Override
  public DeviceBuffer allocateUninitialized(String label, long bytes) {
    if (bytes <= 0) {
      throw new IllegalArgumentException(
          "%s: a buffer needs more than 0 bytes, got %d".formatted(label, bytes));
    }
    context.enter();
    reserve(label, bytes);
    CUdeviceptr pointer = new CUdeviceptr();
    int result = JCudaDriver.cuMemAlloc(pointer, bytes);
    if (result != CUresult.CUDA_SUCCESS) {
      allocated.addAndGet(-bytes);
      throw problem(result, label, bytes);
    }
    CudaBuffer buffer = new CudaBuffer(label, pointer, bytes);
    live.add(buffer);
    return buffer;
  }

  @Override
  public long allocatedBytes() {
    return allocated.get();
  }

  @Override
  public long budgetBytes() {
    return budgetBytes;
  }

  /** What the budget leaves, or what the device has free if that is less: others use it too. */
  @Override
  public long availableBytes() {
    return Math.min(budgetBytes - allocated.get(), freeBytes());
  }

  /** How often memory was given back: while this stays, so does every address handed out. */
  long releases() {
    return releases.get();
  }

  /** Bytes from an address to the end of what was allocated there; 0 if nothing was. */
  long bytesFrom(long address) {
    for (CudaBuffer buffer : live) {
      long offset = address - buffer.address;
      if (offset >= 0 && offset < buffer.bytes) {
        return buffer.bytes - offset;
      }
    }
    return 0;
  }

  /**
   * Checks that everything was given back.
   *
   * @throws IllegalStateException naming what was not
   */
  void requireEmpty() {
    TreeMap<String, Long> leaks = new TreeMap<>();
    live.forEach(buffer -> leaks.merge(buffer.label(), buffer.bytes(), Long::sum));
    if (!leaks.isEmpty()) {
      throw new IllegalStateException(
          "%d bytes of device memory were not given back: %s".formatted(allocated.get(), leaks));
    }
  }

  private long freeBytes() {
    context.enter();
    long[] free = new long[1];
    long[] total = new long[1];
    context.status().check(JCudaDriver.cuMemGetInfo(free, total), "cuMemGetInfo()");
    return free[0];
  }

  private void reserve(String label, long bytes) {
    long before;
    do {
      before = allocated.get();
      if (bytes > budgetBytes - before) {
        throw new DeviceMemoryException(
            "%s needs %d bytes; %d of the budget of %d bytes of %s are in use."
                    .formatted(label, bytes, before, budgetBytes, context.device().label())
                + " Raise the memory budget or use a smaller model or KV cache");
      }
    } while (!allocated.compareAndSet(before, before + bytes));
  }

  private RuntimeException problem(int result, String label, long bytes) {
    if (result != CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
      return context
          .status()
          .problem(result, "cuMemAlloc(bytes = %d) for %s".formatted(bytes, label));
    }
    return new DeviceMemoryException(
        "%s needs %d bytes, which %s does not have: %d of its %d bytes are free, %d are in use here."
                .formatted(
                    label,
                    bytes,
                    context.device().label(),
                    freeBytes(),
                    context.device().totalBytes(),
                    allocated.get())
            + " Use a smaller model or KV cache, or end other processes on the device");
  }

  private final class CudaBuffer implements DeviceBuffer {
    private final String label;
    private final CUdeviceptr pointer;
    private final long address;
    private final long bytes;
    private final AtomicBoolean open = new AtomicBoolean(true);

    CudaBuffer(String label, CUdeviceptr pointer, long bytes) {
      this.label = label;
      this.pointer = pointer;
      this.bytes = bytes;
      address = DevicePointer.addressOf(pointer);
    }

    @Override
    public String label() {
      return label;
    }

    @Override
    public long address() {
      return address;
    }

    @Override
    public long bytes() {
      return bytes;
    }

    @Override
    public void close() {
      if (open.compareAndSet(true, false)) {
        live.remove(this);
        releases.incrementAndGet();
        context.release("cuMemFree()", () -> JCudaDriver.cuMemFree(pointer));
        allocated.addAndGet(-bytes);
      }
    }
  }
}
