package dev.swiftkv.kvcache;

/**
 * The tokens of a prompt with a hash for each of its full blocks. The hash of a block is chained on
 * its predecessor's, so equal hashes mean (but for collisions, which are checked) equal prompts up
 * to the end of that block. Computed once per prompt, in the thread of whoever submits it.
 */
public final class PromptBlocks {
  private static final long FIRST_HASH = 0x6A09E667F3BCC908L;

  private final int[] tokens;
  private final int blockTokens;
  private final long[] hashes;
  private final int reusableTokens;

  /**
   * Hashes a prompt.
   *
   * @param tokens the prompt's ids; kept, not copied, and not to be changed afterwards
   * @param blockTokens tokens of a block
   */
  public PromptBlocks(int[] tokens, int blockTokens) {
    this(tokens, blockTokens, tokens.length - 1, -1L);
  }

  /**
   * Hashes a prompt of which only the beginning may come from the cache.
   *
   * @param reusableTokens leading tokens whose logits nobody needs, at most all but one; the others
   *     are computed also where the cache has their keys and values
   */
  public PromptBlocks(int[] tokens, int blockTokens, int reusableTokens) {
    this(tokens, blockTokens, reusableTokens, -1L);
  }

  /** Keeps only some bits of each hash, so that tests see collisions. */
  PromptBlocks(int[] tokens, int blockTokens, long hashBits) {
    this(tokens, blockTokens, tokens.length - 1, hashBits);
  }

  private PromptBlocks(int[] tokens, int blockTokens, int reusableTokens, long hashBits) {
    if (reusableTokens >= tokens.length && tokens.length > 0) {
      throw new IllegalArgumentException(
          "The logits of at least one token are needed: %d of %d are reusable"
              .formatted(reusableTokens, tokens.length));
    }
    this.tokens = tokens;
    this.blockTokens = blockTokens;
    this.reusableTokens = reusableTokens;
    hashes = new long[tokens.length / blockTokens];
    long hash = FIRST_HASH;
    for (int block = 0; block < hashes.length; block++) {
      int end = (block + 1) * blockTokens;
      for (int i = block * blockTokens; i < end; i++) {
        hash = mixed(hash + tokens[i]);
      }
      hashes[block] = hash & hashBits;
    }
  }

  /** Tokens of the prompt. */
  public int length() {
    return tokens.length;
  }

  /** Id at a position of the prompt. */
  public int token(int position) {
    return tokens[position];
  }

  /** Tokens of a block. */
  int blockTokens() {
    return blockTokens;
  }

  /** Leading full blocks that may come from the cache: logits of their tokens are not needed. */
  int reusableBlocks() {
    return reusableTokens / blockTokens;
  }

  /** Blocks that the prompt fills. */
  int fullBlocks() {
    return hashes.length;
  }

  /** Chained hash of a full block. */
  long hash(int block) {
    return hashes[block];
  }

  /** Whether a full block holds exactly these ids. */
  boolean blockEquals(int block, int[] ids) {
    int start = block * blockTokens;
    for (int i = 0; i < blockTokens; i++) {
      if (tokens[start + i] != ids[i]) {
        return false;
      }
    }
    return true;
  }

  /** A copy of the ids of a full block. */
  int[] copyOfBlock(int block) {
    int[] ids = new int[blockTokens];
    System.arraycopy(tokens, block * blockTokens, ids, 0, blockTokens);
    return ids;
  }

  /** The mixer of SplitMix64 (Steele, Lea and Flood). */
  private static long mixed(long value) {
    long z = value + 0x9E3779B97F4A7C15L;
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }
}
