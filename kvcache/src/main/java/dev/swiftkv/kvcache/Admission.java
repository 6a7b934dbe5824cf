package dev.swiftkv.kvcache;

/** Whether a sequence has room in the cache. Refusal is a value: the caller waits or gives up. */
public sealed interface Admission {
  /**
   * The sequence has all the blocks it will ever need.
   *
   * @param table its blocks
   * @param cachedTokens leading tokens whose keys and values are there already; always fewer than
   *     the prompt's, because the last prompt token has to be computed for its logits
   */
  record Admitted(BlockTable table, int cachedTokens) implements Admission {}

  /**
   * There is no room now.
   *
   * @param neededBlocks blocks that the sequence would need besides those it shares
   * @param availableBlocks blocks that are free or could be evicted for it
   */
  record Refused(int neededBlocks, int availableBlocks) implements Admission {}
}
