package dev.swiftkv.kvcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class KvCacheManagerTest {
  private static final int BLOCK_TOKENS = 4;

  private final KvCacheManager manager = new KvCacheManager(8, BLOCK_TOKENS, true);

  private static int[] prompt(int length) {
    return IntStream.range(0, length).toArray();
  }

  private BlockTable admitted(int[] prompt, int maxNewTokens) {
    return ((Admission.Admitted) manager.admit(prompt, maxNewTokens)).table();
  }

  private BlockTable computed(int[] prompt, int maxNewTokens) {
    BlockTable table = admitted(prompt, maxNewTokens);
    manager.publish(table, prompt.length);
    return table;
  }

  @Test
  void aSequenceGetsRoomForItsPromptAndEveryNewToken() {
    BlockTable table = admitted(prompt(5), 4);
    assertThat(table.blockCount()).isEqualTo(3);
    assertThat(table.capacityTokens()).isEqualTo(12);
    assertThat(manager.stats().freeBlocks()).isEqualTo(5);
  }

  @Test
  void slotsFollowTheBlocks() {
    BlockTable table = admitted(prompt(5), 0);
    assertThat(table.slot(3)).isEqualTo(table.block(0) * BLOCK_TOKENS + 3);
    assertThat(table.slot(4)).isEqualTo(table.block(1) * BLOCK_TOKENS);
  }

  @Test
  void aRefusalSaysWhatIsNeededAndChangesNothing() {
    admitted(prompt(20), 0);
    assertThat(manager.admit(prompt(13), 4)).isEqualTo(new Admission.Refused(5, 3));
    assertThat(manager.stats().freeBlocks()).isEqualTo(3);
    assertThat(manager.checkIntegrity()).isTrue();
  }

  @Test
  void aSharedIdleBlockDoesNotCountTwice() {
    manager.release(computed(prompt(16), 0));
    // Three blocks are shared and idle, one more is idle, four are free: five can be had.
    assertThat(manager.admit(prompt(16), 17)).isEqualTo(new Admission.Refused(6, 5));
    assertThat(manager.admit(prompt(16), 16)).isInstanceOf(Admission.Admitted.class);
    assertThat(manager.checkIntegrity()).isTrue();
  }

  @Test
  void theLastPromptTokenIsNeverTakenFromTheCache() {
    manager.release(computed(prompt(8), 0));
    assertThat(manager.cachedTokens(new PromptBlocks(prompt(8), BLOCK_TOKENS))).isEqualTo(4);
    assertThat(manager.cachedTokens(new PromptBlocks(prompt(9), BLOCK_TOKENS))).isEqualTo(8);
  }

  @Test
  void blocksThatAreNotComputedAreNotFound() {
    BlockTable table = admitted(prompt(12), 0);
    manager.publish(table, 7);
    assertThat(manager.cachedTokens(new PromptBlocks(prompt(12), BLOCK_TOKENS))).isEqualTo(4);
  }

  @Test
  void runningSequencesShareTheirPrefix() {
    BlockTable first = computed(prompt(9), 3);
    Admission.Admitted second = (Admission.Admitted) manager.admit(prompt(10), 2);
    assertThat(second.cachedTokens()).isEqualTo(8);
    assertThat(second.table().block(1)).isEqualTo(first.block(1));
    assertThat(second.table().block(2)).isNotEqualTo(first.block(2));
    manager.release(first);
    assertThat(manager.checkIntegrity()).isTrue();
    assertThat(manager.stats().heldBlocks()).isEqualTo(3);
  }

  @Test
  void anEqualBlockComputedTwiceIsKeptOnce() {
    BlockTable first = admitted(prompt(8), 0);
    BlockTable second = admitted(prompt(8), 0);
    manager.publish(first, 8);
    manager.publish(second, 8);
    assertThat(second.block(0)).isEqualTo(first.block(0));
    assertThat(manager.stats().freeBlocks()).isEqualTo(6);
    assertThat(manager.checkIntegrity()).isTrue();
  }

  @Test
  void theBlockUsedLongestAgoIsEvictedFirst() {
    manager.release(computed(new int[] {1, 1, 1, 1, 0}, 0));
    manager.release(computed(new int[] {2, 2, 2, 2, 0}, 0));
    manager.release(admitted(new int[] {1, 1, 1, 1, 0}, 0));
    manager.release(admitted(prompt(28), 0));
    assertThat(manager.stats().evictedBlocks()).isEqualTo(1);
    assertThat(manager.cachedTokens(new PromptBlocks(new int[] {1, 1, 1, 1, 0}, 4))).isEqualTo(4);
    assertThat(manager.cachedTokens(new PromptBlocks(new int[] {2, 2, 2, 2, 0}, 4))).isZero();
  }

  @Test
  void aPrefixLosesItsTailFirst() {
    manager.release(computed(prompt(17), 0));
    admitted(new int[24], 0);
    assertThat(manager.cachedTokens(new PromptBlocks(prompt(17), BLOCK_TOKENS))).isEqualTo(8);
    assertThat(manager.checkIntegrity()).isTrue();
  }

  @Test
  void aForkSharesFullBlocksAndCopiesTheRest() {
    BlockTable source = computed(prompt(6), 4);
    int[] copied = new int[2];
    Admission.Admitted fork =
        (Admission.Admitted)
            manager.fork(
                source,
                6,
                (from, to) -> {
                  copied[0] = from;
                  copied[1] = to;
                });
    assertThat(fork.table().block(0)).isEqualTo(source.block(0));
    assertThat(copied).containsExactly(source.block(1), fork.table().block(1));
    manager.release(source);
    assertThat(manager.checkIntegrity()).isTrue();
  }

  @Test
  void aForkWithoutRoomIsRefused() {
    BlockTable source = computed(prompt(6), 14);
    assertThat(manager.fork(source, 6, (from, to) -> {})).isEqualTo(new Admission.Refused(4, 3));
    assertThat(manager.checkIntegrity()).isTrue();
  }

  @Test
  void withoutAPrefixCacheNothingIsKept() {
    KvCacheManager plain = new KvCacheManager(8, BLOCK_TOKENS, false);
    BlockTable table = ((Admission.Admitted) plain.admit(prompt(9), 0)).table();
    plain.publish(table, 9);
    plain.release(table);
    assertThat(plain.stats().freeBlocks()).isEqualTo(8);
    assertThat(plain.cachedTokens(new PromptBlocks(prompt(9), BLOCK_TOKENS))).isZero();
  }

  @Test
  void aTableIsReleasedOnce() {
    BlockTable table = admitted(prompt(4), 0);
    manager.release(table);
    assertThatThrownBy(() -> manager.release(table)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> manager.publish(table, 4)).isInstanceOf(IllegalStateException.class);
    assertThat(manager.stats().freeBlocks()).isEqualTo(8);
  }

  @Test
  void anEmptyPromptIsRefusedLoudly() {
    assertThatThrownBy(() -> manager.admit(new int[0], 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0 prompt tokens");
  }
}
