package dev.swiftkv.kvcache;

import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.DeviceBuffer;
import dev.swiftkv.kernels.KvShape;
import dev.swiftkv.kernels.PagedKv;
import java.util.ArrayList;
import java.util.List;

/**
 * The memory behind the blocks: for each cache (a layer, or a group of layers that share one) the
 * keys and the values of every block. Block numbers mean the same in all caches.
 */
public final class KvCachePool implements AutoCloseable, BlockCopier {
  private static final int ALIGNMENT = 64;

  private final Backend backend;
  private final int blocks;
  private final List<DeviceBuffer> buffers;
  private final List<PagedKv> caches;

  private KvCachePool(
      Backend backend, int blocks, List<DeviceBuffer> buffers, List<PagedKv> caches) {
    this.backend = backend;
    this.blocks = blocks;
    this.buffers = buffers;
    this.caches = List.copyOf(caches);
  }

  /**
   * Allocates all blocks of all caches.
   *
   * @param caches number of caches, at least 1
   * @param blocks number of blocks, at least 1
   * @throws dev.swiftkv.kernels.DeviceMemoryException if there is no room; nothing stays allocated
   */
  public static KvCachePool allocate(Backend backend, KvShape shape, int caches, int blocks) {
    if (caches < 1 || blocks < 1) {
      throw new IllegalArgumentException(
          "A KV cache pool needs at least one cache and block, got %d caches of %d blocks"
              .formatted(caches, blocks));
    }
    long halfBytes = aligned(Math.multiplyExact(backend.kvBytesPerBlock(shape), (long) blocks));
    List<DeviceBuffer> buffers = new ArrayList<>(caches);
    List<PagedKv> views = new ArrayList<>(caches);
    try {
      for (int cache = 0; cache < caches; cache++) {
        // A slot is written before it is read, so nothing has to be there first.
        DeviceBuffer buffer = backend.memory().allocateUninitialized("KV cache", 2 * halfBytes);
        buffers.add(buffer);
        views.add(new PagedKv(shape, blocks, buffer.address(), buffer.address() + halfBytes));
      }
    } catch (RuntimeException e) {
      buffers.forEach(DeviceBuffer::close);
      throw e;
    }
    return new KvCachePool(backend, blocks, buffers, views);
  }

  /** Bytes that one block takes in all caches together, keys and values. */
  public static long bytesPerBlock(Backend backend, KvShape shape, int caches) {
    return Math.multiplyExact(2L * caches, backend.kvBytesPerBlock(shape));
  }

  /** The caches in the model's order. */
  public List<PagedKv> caches() {
    return caches;
  }

  /** Blocks of each cache. */
  public int blocks() {
    return blocks;
  }

  /** Bytes allocated. */
  public long bytes() {
    return buffers.stream().mapToLong(DeviceBuffer::bytes).sum();
  }

  @Override
  public void copyBlock(int from, int to) {
    for (PagedKv cache : caches) {
      backend.copyBlock(cache, from, to);
    }
  }

  @Override
  public void close() {
    buffers.forEach(DeviceBuffer::close);
  }

  private static long aligned(long bytes) {
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }
}
