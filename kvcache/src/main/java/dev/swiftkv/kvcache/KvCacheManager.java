package dev.swiftkv.kvcache;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * Decides which blocks belong to which sequence. Knows block numbers only, no bytes. Confined to
 * one thread.
 *
 * <p>A sequence gets every block it will ever need when it is admitted, prompt and new tokens
 * together, so a sequence that runs can always finish. Full blocks of prompts can be published;
 * later prompts that start with the same tokens share them until they are evicted, least recently
 * used first. Shared blocks are always full and never written again.
 *
 * <pre>{@code
 * switch (manager.admit(prompt, maxNewTokens)) {
 *   case Admission.Admitted room -> compute from position room.cachedTokens() on,
 *       then manager.publish(room.table(), computedTokens) … manager.release(room.table())
 *   case Admission.Refused no -> try again after a release
 * }
 * }</pre>
 */
public final class KvCacheManager {
  private final int blockTokens;
  private final boolean prefixCache;
  private final BlockPool pool;
  private final PrefixCache cache;
  private final Set<BlockTable> live = Collections.newSetFromMap(new IdentityHashMap<>());
  private long hitTokens;
  private long evictedBlocks;

  /**
   * A manager of empty blocks.
   *
   * @param blocks blocks of the pool, at least 1
   * @param blockTokens tokens of a block, at least 1
   * @param prefixCache whether published blocks are kept for equal prefixes
   */
  public KvCacheManager(int blocks, int blockTokens, boolean prefixCache) {
    if (blocks < 1 || blockTokens < 1) {
      throw new IllegalArgumentException(
          "A KV cache needs at least one block of one token, got %d blocks of %d"
              .formatted(blocks, blockTokens));
    }
    this.blockTokens = blockTokens;
    this.prefixCache = prefixCache;
    pool = new BlockPool(blocks);
    cache = new PrefixCache(blocks);
  }

  /** Tokens of a block. */
  public int blockTokens() {
    return blockTokens;
  }

  /** Blocks of the pool. */
  public int blocks() {
    return pool.blocks();
  }

  /** Blocks that hold {@code tokens} tokens. */
  public int blocksFor(int tokens) {
    return (int) (((long) tokens + blockTokens - 1) / blockTokens);
  }

  /** {@link #admit(PromptBlocks, int)} of a prompt that is not hashed yet. */
  public Admission admit(int[] promptTokens, int maxNewTokens) {
    return admit(new PromptBlocks(promptTokens, blockTokens), maxNewTokens);
  }

  /**
   * Asks for room for a prompt and its new tokens. A refusal changes nothing.
   *
   * @param prompt at least one token, hashed in blocks of this manager's size
   * @param maxNewTokens most tokens to be generated, at least 0
   */
  public Admission admit(PromptBlocks prompt, int maxNewTokens) {
    if (prompt.length() < 1 || maxNewTokens < 0 || prompt.blockTokens() != blockTokens) {
      throw new IllegalArgumentException(
          "Cannot admit %d prompt tokens in blocks of %d with %d new tokens; blocks here hold %d"
              .formatted(prompt.length(), prompt.blockTokens(), maxNewTokens, blockTokens));
    }
    List<CachedBlock> shared =
        prefixCache ? cache.longestPrefix(prompt, prompt.reusableBlocks()) : List.of();
    int total = blocksFor(Math.addExact(prompt.length(), maxNewTokens));
    int needed = total - shared.size();
    int available = pool.freeCount() + cache.idleCount() - idle(shared);
    if (needed > available) {
      return new Admission.Refused(needed, available);
    }
    BlockTable table = new BlockTable(prompt, blockTokens, total);
    for (int i = 0; i < shared.size(); i++) {
      hold(shared.get(i).block());
      table.setBlock(i, shared.get(i).block());
      table.markPublished(shared.get(i));
    }
    takeFresh(table, shared.size());
    int cachedTokens = shared.size() * blockTokens;
    hitTokens += cachedTokens;
    return new Admission.Admitted(table, cachedTokens);
  }

  /** Prompt tokens that {@link #admit} would find in the cache now. */
  public int cachedTokens(PromptBlocks prompt) {
    return prefixCache
        ? cache.longestPrefixLength(prompt, prompt.reusableBlocks()) * blockTokens
        : 0;
  }

  /**
   * Offers the full prompt blocks among the first {@code computedTokens} tokens to later prompts.
   * Where an equal block is cached already the table takes that one and gives its own back; both
   * hold the same bits. Does nothing without a prefix cache.
   *
   * @param computedTokens tokens whose keys and values are in the cache now
   */
  public void publish(BlockTable table, int computedTokens) {
    requireLive(table);
    int full = Math.min(computedTokens / blockTokens, table.prompt().fullBlocks());
    while (prefixCache && table.publishable() && table.published() < full) {
      publishNext(table);
    }
  }

  /**
   * A second table that continues like {@code source}: full blocks are shared, a partly filled one
   * is copied, the rest is fresh. A refusal changes nothing.
   *
   * @param computedTokens tokens of the source whose keys and values are in the cache
   * @param copier copies the partly filled block
   */
  public Admission fork(BlockTable source, int computedTokens, BlockCopier copier) {
    requireLive(source);
    if (computedTokens < source.published() * blockTokens
        || computedTokens > source.capacityTokens()) {
      throw new IllegalArgumentException(
          "Cannot fork at %d tokens: %d are published and %d fit"
              .formatted(
                  computedTokens, source.published() * blockTokens, source.capacityTokens()));
    }
    int shared = computedTokens / blockTokens;
    int needed = source.blockCount() - shared;
    int available = pool.freeCount() + cache.idleCount();
    if (needed > available) {
      return new Admission.Refused(needed, available);
    }
    BlockTable table = new BlockTable(source.prompt(), blockTokens, source.blockCount());
    for (int i = 0; i < shared; i++) {
      hold(source.block(i));
      table.setBlock(i, source.block(i));
    }
    table.copyPublishedFrom(source);
    takeFresh(table, shared);
    if (computedTokens % blockTokens != 0) {
      copier.copyBlock(source.block(shared), table.block(shared));
    }
    return new Admission.Admitted(table, computedTokens);
  }

  /** Gives a table's blocks back. Published ones stay findable until they are evicted. */
  public void release(BlockTable table) {
    requireLive(table);
    table.markReleased();
    live.remove(table);
    for (int i = table.blockCount() - 1; i >= 0; i--) {
      letGo(table.block(i));
    }
  }

  /** Forgets every block that no sequence holds. */
  public void evictIdle() {
    while (cache.idleCount() > 0) {
      evictOldest();
    }
  }

  /** Blocks by state. */
  public KvCacheStats stats() {
    int free = pool.freeCount();
    int idle = cache.idleCount();
    int held = pool.blocks() - free - idle;
    return new KvCacheStats(
        pool.blocks(), free, idle, held, cache.size(), hitTokens, evictedBlocks);
  }

  /**
   * Compares every book with every other; for tests and idle time.
   *
   * @return true
   * @throws IllegalStateException naming the first block that is lost, shared by mistake or cached
   *     without its predecessor
   */
  public boolean checkIntegrity() {
    IntegrityCheck.run(pool, cache, new ArrayList<>(live));
    return true;
  }

  private void publishNext(BlockTable table) {
    int index = table.published();
    CachedBlock parent = table.lastPublishedOrNull();
    CachedBlock known = cache.sameHash(table.prompt(), index);
    if (known == null) {
      table.markPublished(cache.add(table.prompt(), index, table.block(index), parent));
    } else if (known.answers(table.prompt(), index, parent)) {
      share(table, index, known);
    } else {
      table.stopPublishing();
    }
  }

  private void share(BlockTable table, int index, CachedBlock known) {
    int own = table.block(index);
    if (own != known.block()) {
      hold(known.block());
      table.setBlock(index, known.block());
      letGo(own);
    }
    table.markPublished(known);
  }

  private void takeFresh(BlockTable table, int from) {
    for (int i = from; i < table.blockCount(); i++) {
      if (pool.freeCount() == 0) {
        evictOldest();
      }
      table.setBlock(i, pool.take());
    }
    live.add(table);
  }

  private void hold(int block) {
    pool.retain(block);
    cache.use(block);
  }

  private void letGo(int block) {
    if (!pool.release(block)) {
      return;
    }
    if (cache.holds(block)) {
      cache.rest(block);
    } else {
      pool.free(block);
    }
  }

  private void evictOldest() {
    pool.free(cache.evictOldest());
    evictedBlocks++;
  }

  private int idle(List<CachedBlock> shared) {
    int idle = 0;
    for (CachedBlock entry : shared) {
      idle += cache.isIdle(entry.block()) ? 1 : 0;
    }
    return idle;
  }

  private static void requireLive(BlockTable table) {
    if (table.released()) {
      throw new IllegalStateException("The block table was released already");
    }
  }
}
