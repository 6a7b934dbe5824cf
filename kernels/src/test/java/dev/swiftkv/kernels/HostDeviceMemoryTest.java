package dev.swiftkv.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class HostDeviceMemoryTest {
  @Test
  void buffersAreAlignedAndZeroed() {
    try (HostDeviceMemory memory = new HostDeviceMemory(10_000)) {
      for (int bytes : new int[] {1, 63, 64, 65, 1000}) {
        try (DeviceBuffer buffer = memory.allocate("a", bytes)) {
          assertThat(buffer.address() % 64).isZero();
          assertThat(buffer.bytes()).isEqualTo(bytes);
          for (int i = 0; i + 4 <= bytes; i += 4) {
            assertThat(HostMemory.getInt(buffer.address() + i)).isZero();
            // What the next buffer may find here, if it were not zeroed.
            HostMemory.putInt(buffer.address() + i, -1);
          }
        }
      }
    }
  }

  @Test
  void theBudgetIsCountedToTheByte() {
    try (HostDeviceMemory memory = new HostDeviceMemory(100)) {
      DeviceBuffer weights = memory.allocate("weights", 60);
      DeviceBuffer pages = memory.allocate("pages", 40);
      assertThat(memory.allocatedBytes()).isEqualTo(100);
      assertThat(memory.availableBytes()).isZero();
      pages.close();
      assertThat(memory.availableBytes()).isEqualTo(40);
      weights.close();
      assertThat(memory.allocatedBytes()).isZero();
    }
  }

  @Test
  void aRefusalNamesTheBufferItsSizeTheBudgetAndTheRemedy() {
    try (HostDeviceMemory memory = new HostDeviceMemory(100);
        DeviceBuffer weights = memory.allocate("weights", 60)) {
      assertThatThrownBy(() -> memory.allocate("KV cache", 41))
          .isInstanceOf(DeviceMemoryException.class)
          .hasMessageContainingAll("KV cache", "41 bytes", "60 of the budget of 100", "Raise");
      assertThat(memory.allocatedBytes()).isEqualTo(weights.bytes());
    }
  }

  @Test
  void memoryThatTheSystemLacksIsRefusedAndNotCounted() {
    try (HostDeviceMemory memory = new HostDeviceMemory(Long.MAX_VALUE)) {
      for (long bytes : new long[] {Long.MAX_VALUE / 2, Long.MAX_VALUE}) {
        assertThatThrownBy(() -> memory.allocate("everything", bytes))
            .isInstanceOf(DeviceMemoryException.class)
            .hasMessageContaining("everything");
      }
      assertThat(memory.allocatedBytes()).isZero();
    }
  }

  @Test
  void closingABufferTwiceIsHarmless() {
    try (HostDeviceMemory memory = new HostDeviceMemory(100)) {
      DeviceBuffer buffer = memory.allocate("a", 50);
      buffer.close();
      buffer.close();
      assertThat(memory.allocatedBytes()).isZero();
    }
  }

  @Test
  void closingNamesWhatWasNotGivenBackOnce() {
    HostDeviceMemory memory = new HostDeviceMemory(100);
    DeviceBuffer first = memory.allocate("page", 10);
    DeviceBuffer second = memory.allocate("page", 20);
    DeviceBuffer third = memory.allocate("weights", 5);
    assertThatThrownBy(memory::close)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("35 bytes", "page=30", "weights=5");
    assertThatCode(memory::close).doesNotThrowAnyException();
    assertThatThrownBy(() -> memory.allocate("late", 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("late");
    first.close();
    second.close();
    third.close();
  }

  @Test
  void sizesAndBudgetsMustBePositive() {
    assertThatThrownBy(() -> new HostDeviceMemory(0)).isInstanceOf(IllegalArgumentException.class);
    try (HostDeviceMemory memory = new HostDeviceMemory(1)) {
      assertThatThrownBy(() -> memory.allocate("empty", 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("empty");
    }
  }

  @Test
  void manyThreadsNeverPassTheBudget() throws Exception {
    try (HostDeviceMemory memory = new HostDeviceMemory(1000)) {
      ExecutorService threads = Executors.newFixedThreadPool(4);
      List<Future<Long>> results = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        results.add(threads.submit(() -> mostSeen(memory)));
      }
      for (Future<Long> most : results) {
        assertThat(most.get()).isLessThanOrEqualTo(1000);
      }
      threads.shutdown();
      assertThat(memory.allocatedBytes()).isZero();
    }
  }

  private static long mostSeen(HostDeviceMemory memory) {
    long most = 0;
    for (int i = 0; i < 500; i++) {
      try (DeviceBuffer first = memory.allocate("first", 300);
          DeviceBuffer second = memory.allocate("second", 300)) {
        most = Math.max(most, memory.allocatedBytes());
        assertThat(first.address()).isNotEqualTo(second.address());
      } catch (DeviceMemoryException e) {
        // Four threads ask for more than there is: being refused is what some of them expect.
        most = Math.max(most, memory.allocatedBytes());
      }
    }
    return most;
  }
}
