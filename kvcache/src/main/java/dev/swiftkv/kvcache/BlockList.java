package dev.swiftkv.kvcache;

import java.util.Arrays;

/**
 * Block ids in order, each at most once: a doubly linked list inside two arrays, so that taking a
 * block out of the middle costs no search and no allocation.
 */
final class BlockList {
  private static final int ABSENT = -1;

  // Index `blocks` is the sentinel that closes the ring.
  private final int[] next;
  private final int[] previous;
  private final int sentinel;
  private int size;

  /** An empty list for ids in [0, blocks). */
  BlockList(int blocks) {
    next = new int[blocks + 1];
    previous = new int[blocks + 1];
    sentinel = blocks;
    Arrays.fill(next, ABSENT);
    Arrays.fill(previous, ABSENT);
    next[sentinel] = sentinel;
    previous[sentinel] = sentinel;
  }

  void addLast(int block) {
    if (contains(block)) {
      throw new IllegalStateException("Block %d is in the list already".formatted(block));
    }
    int last = previous[sentinel];
    next[last] = block;
    previous[block] = last;
    next[block] = sentinel;
    previous[sentinel] = block;
    size++;
  }

  int removeFirst() {
    if (size == 0) {
      throw new IllegalStateException("The list of blocks is empty");
    }
    int first = next[sentinel];
    remove(first);
    return first;
  }

  void remove(int block) {
    if (!contains(block)) {
      throw new IllegalStateException("Block %d is not in the list".formatted(block));
    }
    next[previous[block]] = next[block];
    previous[next[block]] = previous[block];
    next[block] = ABSENT;
    previous[block] = ABSENT;
    size--;
  }

  boolean contains(int block) {
    return next[block] != ABSENT;
  }

  int size() {
    return size;
  }
}
