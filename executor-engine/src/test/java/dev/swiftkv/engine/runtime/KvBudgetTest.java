package dev.swiftkv.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class KvBudgetTest {
  private static final EngineConfig CONFIG = EngineConfig.forModel(Path.of("m"));

  @Test
  void aBudgetIsFilledWithWholeBlocks() {
    assertThat(KvBudget.blocks(CONFIG.withKvCacheBytes(10_999), 1000, 64, 1L << 30)).isEqualTo(10);
  }

  @Test
  void withoutABudgetAllSequencesFitAtFullLength() {
    assertThat(KvBudget.blocks(CONFIG, 1000, 65, 1L << 40)).isEqualTo(3 * CONFIG.maxSequences());
  }

  @Test
  void withoutABudgetAtMostAQuarterOfFreeMemoryIsTaken() {
    assertThat(KvBudget.blocks(CONFIG, 1000, 100_000, 40_000)).isEqualTo(10);
  }

  @Test
  void aBudgetThatHoldsNothingIsRefused() {
    assertThatThrownBy(() -> KvBudget.blocks(CONFIG.withKvCacheBytes(999), 1000, 64, 1L << 30))
        .isInstanceOf(EngineException.class)
        .hasMessageContainingAll("999", "1000", "kvCacheBytes");
  }

  @Test
  void aBudgetAboveFreeMemoryIsRefused() {
    assertThatThrownBy(() -> KvBudget.blocks(CONFIG.withKvCacheBytes(2001), 1000, 64, 2000))
        .isInstanceOf(EngineException.class)
        .hasMessageContainingAll("2001", "2000", "kvCacheBytes");
  }

  @Test
  void linuxSaysWhatIsAvailable() {
    assertThat(FreeMemory.parse(List.of("MemTotal:  9 kB", "MemAvailable:    2048 kB")))
        .isEqualTo(2L << 20);
    assertThat(FreeMemory.parse(List.of("MemTotal:  9 kB"))).isZero();
    assertThat(FreeMemory.bytes()).isPositive();
  }
}
