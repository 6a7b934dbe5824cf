package dev.swiftkv.kernels;

import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The allocator of devices whose memory is the host's: every backend that runs on the CPU. Safe
 * from any thread. The budget counts the bytes asked for; alignment costs at most 64 more each.
 */
public final class HostDeviceMemory implements DeviceMemory, AutoCloseable {
  private static final int ALIGNMENT = 64;

  /** What is told to the operating system about a large piece of memory before its first use. */
  @FunctionalInterface
  public interface PageAdvice {
    /** Nothing. */
    PageAdvice NONE = (address, bytes) -> {};

    /** Called with memory that nobody has touched yet. */
    void give(long address, long bytes);
  }

  private final long budgetBytes;
  private final PageAdvice advice;
  private final AtomicLong allocated = new AtomicLong();
  private final Set<HostBuffer> live = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /** An allocator that hands out at most {@code budgetBytes} at once. */
  public HostDeviceMemory(long budgetBytes) {
    this(budgetBytes, PageAdvice.NONE);
  }

  /** The same, with advice to the operating system about each allocation. */
  public HostDeviceMemory(long budgetBytes, PageAdvice advice) {
    if (budgetBytes <= 0) {
      throw new IllegalArgumentException(
          "The memory budget must be above 0 bytes, got %d".formatted(budgetBytes));
    }
    this.budgetBytes = budgetBytes;
    this.advice = advice;
  }

  @Override
  public DeviceBuffer allocate(String label, long bytes) {
    DeviceBuffer buffer = allocateUninitialized(label, bytes);
    HostMemory.zero(buffer.address(), bytes);
    return buffer;
  }

  @Override
  public DeviceBuffer allocateUninitialized(String label, long bytes) {
    if (bytes <= 0) {
      throw new IllegalArgumentException(
          "%s: a buffer needs more than 0 bytes, got %d".formatted(label, bytes));
    }
    if (closed) {
      throw new IllegalStateException("%s: the device memory is closed".formatted(label));
    }
    reserve(label, bytes);
    HostBuffer buffer = new HostBuffer(label, systemMemory(label, bytes), bytes);
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

  /**
   * Ends the allocator. Closing again does nothing.
   *
   * @throws IllegalStateException naming the buffers that were not closed. They stay allocated:
   *     whoever forgot one may still read it, and a leak is better than a crash.
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    TreeMap<String, Long> leaks = new TreeMap<>();
    live.forEach(buffer -> leaks.merge(buffer.label(), buffer.bytes(), Long::sum));
    if (!leaks.isEmpty()) {
      throw new IllegalStateException(
          "%d bytes of device memory were not given back: %s".formatted(allocated.get(), leaks));
    }
  }

  private void reserve(String label, long bytes) {
    long before;
    do {
      before = allocated.get();
      if (bytes > budgetBytes - before) {
        throw new DeviceMemoryException(
            "%s needs %d bytes; %d of the budget of %d bytes are in use."
                    .formatted(label, bytes, before, budgetBytes)
                + " Raise the memory budget or use a smaller model or KV cache");
      }
    } while (!allocated.compareAndSet(before, before + bytes));
  }

  private long systemMemory(String label, long bytes) {
    try {
      long base = HostMemory.allocate(Math.addExact(bytes, ALIGNMENT));
      advice.give(base, bytes + ALIGNMENT);
      return base;
    } catch (OutOfMemoryError | ArithmeticException e) {
      allocated.addAndGet(-bytes);
      throw new DeviceMemoryException(
          "%s needs %d bytes, which the system does not have (%d are in use by this device)."
                  .formatted(label, bytes, allocated.get())
              + " Use a smaller model or KV cache, or a machine with more memory");
    }
  }

  private final class HostBuffer implements DeviceBuffer {
    private final String label;
    private final long base;
    private final long bytes;
    private final AtomicBoolean open = new AtomicBoolean(true);

    HostBuffer(String label, long base, long bytes) {
      this.label = label;
      this.base = base;
      this.bytes = bytes;
    }

    @Override
    public String label() {
      return label;
    }

    @Override
    public long address() {
      return (base + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    @Override
    public long bytes() {
      return bytes;
    }

    @Override
    public void close() {
      if (open.compareAndSet(true, false)) {
        live.remove(this);
        HostMemory.free(base);
        allocated.addAndGet(-bytes);
      }
    }
  }
}
