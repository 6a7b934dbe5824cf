package dev.swiftkv.kvcache;

/**
 * The blocks of one sequence, in order, with room for its prompt and all of its new tokens. Filled
 * and emptied by {@link KvCacheManager}.
 */
public final class BlockTable {
  private final PromptBlocks prompt;
  private final int blockTokens;
  private final int[] blocks;
  private int published;
  private CachedBlock lastPublishedOrNull;
  private boolean publishable = true;
  private boolean released;

  BlockTable(PromptBlocks prompt, int blockTokens, int blockCount) {
    this.prompt = prompt;
    this.blockTokens = blockTokens;
    blocks = new int[blockCount];
  }

  /** Blocks of the sequence. */
  public int blockCount() {
    return blocks.length;
  }

  /** Block that holds positions {@code index * blockTokens} onwards. */
  public int block(int index) {
    return blocks[index];
  }

  /** Cache slot of a position: {@code block * blockTokens + offset}. */
  public int slot(int position) {
    return blocks[position / blockTokens] * blockTokens + position % blockTokens;
  }

  /** Tokens that fit. */
  public int capacityTokens() {
    return blocks.length * blockTokens;
  }

  PromptBlocks prompt() {
    return prompt;
  }

  void setBlock(int index, int block) {
    blocks[index] = block;
  }

  int published() {
    return published;
  }

  CachedBlock lastPublishedOrNull() {
    return lastPublishedOrNull;
  }

  void markPublished(CachedBlock entry) {
    published++;
    lastPublishedOrNull = entry;
  }

  /** Another prefix owns the hash of the next block: nothing from there on can be found. */
  void stopPublishing() {
    publishable = false;
  }

  boolean publishable() {
    return publishable;
  }

  boolean released() {
    return released;
  }

  void markReleased() {
    released = true;
  }

  void copyPublishedFrom(BlockTable other) {
    published = other.published;
    lastPublishedOrNull = other.lastPublishedOrNull;
    publishable = other.publishable;
  }
}
