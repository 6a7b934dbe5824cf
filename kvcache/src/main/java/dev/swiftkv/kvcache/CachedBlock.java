package dev.swiftkv.kvcache;

/**
 * A block whose keys and values answer for a known prefix.
 *
 * @param block where they are
 * @param hash chained hash of the prefix that ends with this block
 * @param parentOrNull the block before it, null for the first of a prompt
 * @param tokens the ids of this block alone
 */
record CachedBlock(int block, long hash, CachedBlock parentOrNull, int[] tokens) {
  /**
   * Whether block {@code index} of a prompt is this one, given that the prompt's blocks before it
   * are {@code parentOrNull}. Exact: a collision of hashes is a miss, never wrong text.
   */
  boolean answers(PromptBlocks prompt, int index, CachedBlock expectedParentOrNull) {
    return isSame(parentOrNull, expectedParentOrNull) && prompt.blockEquals(index, tokens);
  }

  // Identity is meant: an entry that was evicted and cached again is another one.
  @SuppressWarnings("ReferenceEquality")
  static boolean isSame(CachedBlock one, CachedBlock other) {
    return one == other;
  }
}
