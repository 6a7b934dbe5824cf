package dev.swiftkv.kernels.scalar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

class ScalarThreadsTest {
  @Test
  void everyPieceRunsOnceOnAnyNumberOfThreads() {
    for (int threads : new int[] {1, 2, 5}) {
      try (ScalarThreads pool = new ScalarThreads(threads)) {
        for (int count : new int[] {0, 1, 2, 100}) {
          AtomicIntegerArray runs = new AtomicIntegerArray(count);
          pool.forEach(count, runs::incrementAndGet);
          for (int i = 0; i < count; i++) {
            assertThat(runs.get(i)).as("piece %d of %d", i, count).isEqualTo(1);
          }
        }
      }
    }
  }

  @Test
  void aPieceThatFailsFailsTheWhole() {
    try (ScalarThreads pool = new ScalarThreads(3)) {
      assertThatThrownBy(
              () ->
                  pool.forEach(
                      50,
                      i -> {
                        throw new IllegalArgumentException("piece %d".formatted(i));
                      }))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("piece");
    }
  }
}
