package dev.swiftkv.kernels.scalar;

import dev.swiftkv.kernels.KvShape;
import dev.swiftkv.kernels.PagedKv;

/** Where things lie in the pages: keys and values are each [block][kvHead][token][headSize]. */
final class ScalarPages {
  private ScalarPages() {}

  static long bytesPerBlock(KvShape shape) {
    return bytesPerHead(shape) * shape.kvHeads();
  }

  /** Byte offset of all tokens of one head of a block. */
  static long headOffset(PagedKv cache, int block, int kvHead) {
    return block * bytesPerBlock(cache.shape()) + kvHead * bytesPerHead(cache.shape());
  }

  /** Byte offset of one head of the token in a cache slot. */
  static long slotOffset(PagedKv cache, int slot, int kvHead) {
    KvShape shape = cache.shape();
    long inHead = (long) (slot % shape.blockTokens()) * shape.headSize() * shape.dtype().bytes();
    return headOffset(cache, slot / shape.blockTokens(), kvHead) + inHead;
  }

  private static long bytesPerHead(KvShape shape) {
    return (long) shape.blockTokens() * shape.headSize() * shape.dtype().bytes();
  }
}
