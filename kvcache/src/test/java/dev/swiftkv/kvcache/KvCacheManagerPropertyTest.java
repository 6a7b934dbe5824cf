package dev.swiftkv.kvcache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** Whatever order sequences come, grow, fork and go in, no block is lost and no text is wrong. */
class KvCacheManagerPropertyTest {
  private static final int BLOCKS = 14;
  private static final int BLOCK_TOKENS = 4;

  /** One thing that happens to a cache. */
  sealed interface Action {
    record Admit(List<Integer> prompt, int maxNewTokens) implements Action {}

    record Append(int row, int tokens) implements Action {}

    record Fork(int row) implements Action {}

    record Release(int row) implements Action {}

    record EvictIdle() implements Action {}
  }

  @Property(tries = 2000)
  void blocksAreNeverLostNorSharedByMistake(
      @ForAll("actions") List<Action> actions, @ForAll boolean prefixCache) {
    SimulatedCache cache = new SimulatedCache(BLOCKS, BLOCK_TOKENS, prefixCache);
    for (Action action : actions) {
      perform(cache, action);
      cache.check();
    }
    List.copyOf(cache.rows()).forEach(cache::release);
    cache.check();
    assertThat(cache.manager().stats().heldBlocks()).isZero();
    cache.manager().evictIdle();
    cache.check();
    assertThat(cache.manager().stats().freeBlocks()).isEqualTo(BLOCKS);
    assertThat(cache.manager().stats().cachedBlocks()).isZero();
  }

  @Property(tries = 1000)
  void prefixesWithEqualHashesAreNeverMixedUp(@ForAll("actions") List<Action> actions) {
    SimulatedCache cache = new SimulatedCache(BLOCKS, BLOCK_TOKENS, true, 3L);
    for (Action action : actions) {
      perform(cache, action);
      cache.check();
    }
  }

  @Property(tries = 500)
  void whatIsAdmittedNeedsNoMoreThanItWasPromised(@ForAll("actions") List<Action> actions) {
    SimulatedCache cache = new SimulatedCache(BLOCKS, BLOCK_TOKENS, true);
    for (Action action : actions) {
      KvCacheStats before = cache.manager().stats();
      perform(cache, action);
      KvCacheStats after = cache.manager().stats();
      assertThat(after.freeBlocks() + after.idleBlocks() + after.heldBlocks()).isEqualTo(BLOCKS);
      if (action instanceof Action.Append) {
        assertThat(after.heldBlocks()).isLessThanOrEqualTo(before.heldBlocks());
      }
    }
  }

  @Property(tries = 500)
  void aReleasedPromptIsFoundAgain(@ForAll("prompt") List<Integer> prompt) {
    SimulatedCache cache = new SimulatedCache(BLOCKS, BLOCK_TOKENS, true);
    int[] ids = ids(prompt);
    SimulatedCache.Row first = cache.admit(ids, 3);
    cache.append(first, ids.length);
    cache.release(first);
    SimulatedCache.Row second = cache.admit(ids, 3);
    assertThat(second.computed()).isEqualTo((ids.length - 1) / BLOCK_TOKENS * BLOCK_TOKENS);
    cache.check();
  }

  @Provide
  Arbitrary<List<Integer>> prompt() {
    return Arbitraries.integers().between(0, 1).list().ofMinSize(1).ofMaxSize(22);
  }

  @Provide
  Arbitrary<List<Action>> actions() {
    Arbitrary<Integer> row = Arbitraries.integers().between(0, 5);
    Arbitrary<Action> admit =
        Combinators.combine(prompt(), Arbitraries.integers().between(0, 9)).as(Action.Admit::new);
    Arbitrary<Action> append =
        Combinators.combine(row, Arbitraries.integers().between(1, 9)).as(Action.Append::new);
    Arbitrary<Action> fork = row.map(Action.Fork::new);
    Arbitrary<Action> release = row.map(Action.Release::new);
    Arbitrary<Action> evict = Arbitraries.just(new Action.EvictIdle());
    return Arbitraries.frequencyOf(
            Tuple.of(6, admit),
            Tuple.of(8, append),
            Tuple.of(2, fork),
            Tuple.of(4, release),
            Tuple.of(1, evict))
        .list()
        .ofMaxSize(60);
  }

  private static void perform(SimulatedCache cache, Action action) {
    List<SimulatedCache.Row> rows = new ArrayList<>(cache.rows());
    if (action instanceof Action.Admit admit) {
      cache.admit(ids(admit.prompt()), admit.maxNewTokens());
    } else if (action instanceof Action.EvictIdle) {
      cache.manager().evictIdle();
    } else if (rows.isEmpty()) {
      return;
    } else if (action instanceof Action.Append append) {
      cache.append(rows.get(append.row() % rows.size()), append.tokens());
    } else if (action instanceof Action.Fork fork) {
      cache.fork(rows.get(fork.row() % rows.size()));
    } else if (action instanceof Action.Release release) {
      cache.release(rows.get(release.row() % rows.size()));
    }
  }

  private static int[] ids(List<Integer> tokens) {
    return tokens.stream().mapToInt(Integer::intValue).toArray();
  }
}
