package dev.swiftkv.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.kernels.DeviceBuffer;
import dev.swiftkv.kernels.HostDeviceMemory;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class KvBudgetTest {
  private static final EngineConfig CONFIG =
      new EngineConfig(Path.of("m"), "auto", 0, "auto", 0, 512, 64, 0L, 0, true);
  private static final int QUARTER = KvBudget.HOST_PERCENT;

  @Test
  void aBudgetIsFilledWithWholeBlocks() {
    assertThat(KvBudget.blocks(CONFIG.withKvCacheBytes(10_999), 1000, 64, 1L << 30, QUARTER))
        .isEqualTo(10);
  }

  @Test
  void withoutABudgetAllSequencesFitAtFullLength() {
    assertThat(KvBudget.blocks(CONFIG, 1000, 65, 1L << 40, QUARTER))
        .isEqualTo(3 * CONFIG.maxSequences());
  }

  @Test
  void withoutABudgetAtMostAQuarterOfFreeMemoryIsTaken() {
    assertThat(KvBudget.blocks(CONFIG, 1000, 100_000, 40_000, QUARTER)).isEqualTo(10);
  }

  @Test
  void aDeviceWithMemoryOfItsOwnGivesMostOfWhatIsLeftOfIt() {
    HostDeviceMemory memory = new HostDeviceMemory(140_000);
    try (DeviceBuffer weights = memory.allocate("weights", 40_000)) {
      assertThat(weights.bytes()).isEqualTo(40_000);
      assertThat(KvBudget.blocks(CONFIG, 1000, 100_000, memory)).isEqualTo(85);
      assertThat(KvBudget.blocks(CONFIG, 1000, 32, memory)).isEqualTo(CONFIG.maxSequences());
    }
  }

  @Test
  void aBudgetThatHoldsNothingIsRefused() {
    assertThatThrownBy(
            () -> KvBudget.blocks(CONFIG.withKvCacheBytes(999), 1000, 64, 1L << 30, QUARTER))
        .isInstanceOf(EngineException.class)
        .hasMessageContainingAll("999", "1000", "kvCacheBytes");
  }

  @Test
  void aBudgetAboveFreeMemoryIsRefused() {
    assertThatThrownBy(
            () -> KvBudget.blocks(CONFIG.withKvCacheBytes(2001), 1000, 64, 2000, QUARTER))
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
