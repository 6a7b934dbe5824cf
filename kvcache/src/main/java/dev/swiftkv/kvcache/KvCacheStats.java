package dev.swiftkv.kvcache;

/**
 * Blocks by state, and counters since the start.
 *
 * @param blocks all of them
 * @param freeBlocks blocks that hold nothing
 * @param idleBlocks blocks that only the prefix cache keeps
 * @param heldBlocks blocks of admitted sequences
 * @param cachedBlocks blocks that the prefix cache can find, idle or held
 * @param hitTokens prompt tokens that admissions found
 * @param evictedBlocks idle blocks given up for others
 */
public record KvCacheStats(
    int blocks,
    int freeBlocks,
    int idleBlocks,
    int heldBlocks,
    int cachedBlocks,
    long hitTokens,
    long evictedBlocks) {}
