package dev.swiftkv.kvcache;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PrefixCacheTest {
  private static final PromptBlocks AB = new PromptBlocks(new int[] {1, 2, 3, 4}, 2);

  @Test
  void equalHashesWithOtherTokensAreAMiss() {
    CachedBlock collided = new CachedBlock(0, AB.hash(0), null, new int[] {9, 9});
    assertThat(collided.answers(AB, 0, null)).isFalse();
  }

  @Test
  void equalTokensAfterAnotherPrefixAreAMiss() {
    CachedBlock one = new CachedBlock(0, AB.hash(0), null, new int[] {1, 2});
    CachedBlock twin = new CachedBlock(1, AB.hash(0), null, new int[] {1, 2});
    CachedBlock second = new CachedBlock(2, AB.hash(1), one, new int[] {3, 4});
    assertThat(second.answers(AB, 1, one)).isTrue();
    assertThat(second.answers(AB, 1, twin)).isFalse();
    assertThat(second.answers(AB, 1, null)).isFalse();
  }

  @Test
  void theHashOfABlockDependsOnEverythingBeforeIt() {
    PromptBlocks other = new PromptBlocks(new int[] {1, 9, 3, 4}, 2);
    assertThat(other.hash(1)).isNotEqualTo(AB.hash(1));
    PromptBlocks longer = new PromptBlocks(new int[] {1, 2, 3, 4, 5}, 2);
    assertThat(longer.hash(1)).isEqualTo(AB.hash(1));
    assertThat(longer.fullBlocks()).isEqualTo(2);
  }
}
