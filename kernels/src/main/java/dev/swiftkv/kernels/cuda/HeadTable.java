package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.AttentionShape;
import dev.swiftkv.kernels.DeviceBuffer;
import dev.swiftkv.kernels.DeviceMemory;
import dev.swiftkv.kernels.HostMemory;
import dev.swiftkv.kernels.PagedKv;
import java.util.List;

/**
 * Where the heads of one projection's output go, in device memory: an array of {@code HeadTarget}
 * of {@code arguments.cuh}. Query heads first, if there are any, then for each cache its key heads
 * and its value heads.
 */
final class HeadTable implements AutoCloseable {
  private static final int TARGET_BYTES = 16;
  private static final int QUERY = 0;
  private static final int KEY = 1;
  private static final int VALUE = 2;

  private final AttentionShape shape;
  private final boolean hasQueries;
  private final List<PagedKv> caches;
  private final DeviceBuffer buffer;

  private HeadTable(
      AttentionShape shape, boolean hasQueries, List<PagedKv> caches, DeviceBuffer buffer) {
    this.shape = shape;
    this.hasQueries = hasQueries;
    this.caches = caches;
    this.buffer = buffer;
  }

  /** Makes a table for the projection of that name. */
  static HeadTable make(
      String name,
      AttentionShape shape,
      boolean hasQueries,
      List<PagedKv> caches,
      DeviceMemory memory,
      CudaTransfers transfers) {
    int heads = (hasQueries ? shape.heads() : 0) + 2 * shape.kvHeads() * caches.size();
    long bytes = (long) heads * TARGET_BYTES;
    DeviceBuffer buffer = memory.allocate("heads of " + name, bytes);
    HeadTable table = new HeadTable(shape, hasQueries, List.copyOf(caches), buffer);
    try {
      transfers.write(buffer.address(), bytes, table::fill);
      return table;
    } catch (RuntimeException e) {
      buffer.close();
      throw e;
    }
  }

  /** Whether this is the table of these heads and caches; allocates nothing. */
  boolean isFor(AttentionShape otherShape, boolean withQueries, List<PagedKv> others) {
    if (hasQueries != withQueries || caches.size() != others.size() || !shape.equals(otherShape)) {
      return false;
    }
    for (int i = 0; i < caches.size(); i++) {
      if (!caches.get(i).equals(others.get(i))) {
        return false;
      }
    }
    return true;
  }

  /** Device address of the first target. */
  long address() {
    return buffer.address();
  }

  /** Columns of the projection's output. */
  int outputs() {
    return queryColumns() + 2 * shape.kvColumns() * caches.size();
  }

  /** Columns of the query heads; 0 if there are none. */
  int queryColumns() {
    return hasQueries ? shape.queryColumns() : 0;
  }

  int headSize() {
    return shape.headSize();
  }

  int kvHeads() {
    return shape.kvHeads();
  }

  /** Tokens of a block of the caches; 1 where there are none. */
  int blockTokens() {
    return caches.isEmpty() ? 1 : caches.get(0).shape().blockTokens();
  }

  @Override
  public void close() {
    buffer.close();
  }

  private void fill(long to) {
    long at = to;
    at = put(at, QUERY, hasQueries ? shape.heads() : 0, 0);
    for (PagedKv cache : caches) {
      at = put(at, KEY, shape.kvHeads(), cache.keys());
      at = put(at, VALUE, shape.kvHeads(), cache.values());
    }
  }

  private static long put(long to, int kind, int heads, long pages) {
    for (int head = 0; head < heads; head++) {
      long target = to + (long) head * TARGET_BYTES;
      HostMemory.putInt(target, kind);
      HostMemory.putInt(target + 4, head);
      HostMemory.putLong(target + 8, pages);
    }
    return to + (long) heads * TARGET_BYTES;
  }
}
