package dev.swiftkv.kvcache;

/**
 * Which blocks are free and how many tables hold each of the others. A block without holders that
 * is not free is kept by the prefix cache.
 */
final class BlockPool {
  private final int[] holders;
  private final BlockList free;

  BlockPool(int blocks) {
    holders = new int[blocks];
    free = new BlockList(blocks);
    for (int block = 0; block < blocks; block++) {
      free.addLast(block);
    }
  }

  /** Takes a free block for one holder. */
  int take() {
    int block = free.removeFirst();
    holders[block] = 1;
    return block;
  }

  /** Adds a holder to a block that is not free. */
  void retain(int block) {
    if (free.contains(block)) {
      throw new IllegalStateException("Block %d is free and cannot be shared".formatted(block));
    }
    holders[block]++;
  }

  /** Drops a holder and says whether it was the last one. */
  boolean release(int block) {
    if (holders[block] == 0) {
      throw new IllegalStateException("Block %d has no holder to release".formatted(block));
    }
    return --holders[block] == 0;
  }

  /** Makes a block without holders free. */
  void free(int block) {
    if (holders[block] != 0) {
      throw new IllegalStateException(
          "Block %d is held by %d tables and cannot be freed".formatted(block, holders[block]));
    }
    free.addLast(block);
  }

  boolean isFree(int block) {
    return free.contains(block);
  }

  int holders(int block) {
    return holders[block];
  }

  int freeCount() {
    return free.size();
  }

  int blocks() {
    return holders.length;
  }
}
