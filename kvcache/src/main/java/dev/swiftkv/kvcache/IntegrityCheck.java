package dev.swiftkv.kvcache;

import java.util.List;

/** Every block is free, idle in the prefix cache, or held by exactly the tables that name it. */
final class IntegrityCheck {
  private IntegrityCheck() {}

  static void run(BlockPool pool, PrefixCache cache, List<BlockTable> live) {
    int[] named = countNames(pool.blocks(), live);
    int cached = 0;
    for (int block = 0; block < pool.blocks(); block++) {
      checkBlock(pool, cache, block, named[block]);
      cached += cache.holds(block) ? 1 : 0;
    }
    require(cached == cache.size(), "The prefix cache finds %d blocks of %d", cache.size(), cached);
    live.forEach(table -> checkPublished(cache, table));
  }

  private static int[] countNames(int blocks, List<BlockTable> live) {
    int[] named = new int[blocks];
    for (BlockTable table : live) {
      for (int i = 0; i < table.blockCount(); i++) {
        named[table.block(i)]++;
      }
    }
    return named;
  }

  private static void checkBlock(BlockPool pool, PrefixCache cache, int block, int named) {
    require(
        pool.holders(block) == named,
        "Block %d counts %d holders; %d tables name it",
        block,
        pool.holders(block),
        named);
    int states = (pool.isFree(block) ? 1 : 0) + (cache.isIdle(block) ? 1 : 0) + (named > 0 ? 1 : 0);
    require(
        states == 1, "Block %d is in %d states; free, idle or held was expected", block, states);
    if (cache.holds(block)) {
      checkEntry(pool, cache, cache.entry(block));
    } else {
      require(!cache.isIdle(block), "Block %d is idle, but nothing can find it", block);
    }
  }

  private static void checkEntry(BlockPool pool, PrefixCache cache, CachedBlock entry) {
    require(!pool.isFree(entry.block()), "Block %d is cached and free", entry.block());
    CachedBlock parent = entry.parentOrNull();
    if (parent == null) {
      return;
    }
    require(
        CachedBlock.isSame(cache.entry(parent.block()), parent),
        "Block %d is cached, its predecessor %d is not",
        entry.block(),
        parent.block());
    require(
        pool.holders(parent.block()) >= Math.min(1, pool.holders(entry.block())),
        "Block %d is held, its predecessor %d is not",
        entry.block(),
        parent.block());
  }

  private static void checkPublished(PrefixCache cache, BlockTable table) {
    for (int i = 0; i < table.published(); i++) {
      CachedBlock entry = cache.entry(table.block(i));
      require(
          entry != null && table.prompt().blockEquals(i, entry.tokens()),
          "Block %d does not hold the tokens of its prompt",
          table.block(i));
    }
  }

  private static void require(boolean holds, String message, Object... values) {
    if (!holds) {
      throw new IllegalStateException(message.formatted(values));
    }
  }
}
