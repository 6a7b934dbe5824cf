package dev.swiftkv.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class EngineRegistryTest {
  private static final EngineConfig CONFIG = EngineConfig.forModel(Path.of("one"));
  private static final EngineConfig OTHER = EngineConfig.forModel(Path.of("two"));

  private final AtomicInteger loads = new AtomicInteger();
  private final Set<FakeEngine> open = ConcurrentHashMap.newKeySet();
  private volatile RuntimeException refusal;
  private volatile CountDownLatch gate = new CountDownLatch(0);
  private volatile int mostOpen = Integer.MAX_VALUE;
  private final EngineRegistry registry = new EngineRegistry(this::load);

  @AfterEach
  void close() {
    registry.close();
    assertThat(open).isEmpty();
  }

  private Engine load(EngineConfig config) {
    loads.incrementAndGet();
    try {
      gate.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    if (refusal != null) {
      throw refusal;
    }
    if (open.size() >= mostOpen) {
      throw new EngineException(ErrorCategory.OUT_OF_MEMORY, "no room");
    }
    FakeEngine engine = new FakeEngine();
    open.add(engine);
    return engine;
  }

  @Test
  void manyThreadsShareOneLoad() throws InterruptedException {
    gate = new CountDownLatch(1);
    Set<Engine> seen = ConcurrentHashMap.newKeySet();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      threads.add(
          new Thread(
              () -> {
                try (EngineRegistry.Lease lease = registry.acquire(CONFIG)) {
                  seen.add(lease.engine());
                }
              }));
    }
    threads.forEach(Thread::start);
    gate.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(loads.get()).isEqualTo(1);
    assertThat(seen).hasSize(1);
  }

  @Test
  void equalConfigurationsShareAndOthersDoNot() {
    EngineConfig equal = EngineConfig.forModel(Path.of("x/../one"));
    try (EngineRegistry.Lease one = registry.acquire(CONFIG);
        EngineRegistry.Lease same = registry.acquire(equal);
        EngineRegistry.Lease two = registry.acquire(OTHER)) {
      assertThat(same.engine()).isSameAs(one.engine());
      assertThat(two.engine()).isNotSameAs(one.engine());
    }
  }

  @Test
  void anIdleEngineStaysUntilItIsAskedToGo() {
    Engine first = borrowAndReturn(CONFIG);
    assertThat(borrowAndReturn(CONFIG)).isSameAs(first);
    registry.closeIdle();
    assertThat(first.isServing()).isFalse();
    assertThat(registry.size()).isZero();
    assertThat(borrowAndReturn(CONFIG)).isNotSameAs(first);
  }

  @Test
  void aHeldEngineIsNotIdle() {
    try (EngineRegistry.Lease held = registry.acquire(CONFIG)) {
      EngineRegistry.Lease other = registry.acquire(CONFIG);
      other.close();
      other.close();
      registry.closeIdle();
      assertThat(held.engine().isServing()).isTrue();
    }
  }

  @Test
  void aLoadThatFailsIsTriedAgain() {
    refusal = new EngineException(ErrorCategory.INVALID_CHECKPOINT, "truncated");
    assertThatThrownBy(() -> registry.acquire(CONFIG))
        .isInstanceOf(EngineException.class)
        .hasMessage("truncated");
    assertThat(registry.size()).isZero();
    refusal = new IllegalStateException("bug");
    assertThatThrownBy(() -> registry.acquire(CONFIG))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("bug");
    refusal = null;
    assertThat(borrowAndReturn(CONFIG).isServing()).isTrue();
  }

  @Test
  void anEngineThatFailedIsOpenedAgain() {
    try (EngineRegistry.Lease before = registry.acquire(CONFIG)) {
      before.engine().close();
      try (EngineRegistry.Lease after = registry.acquire(CONFIG)) {
        assertThat(after.engine()).isNotSameAs(before.engine());
        assertThat(after.engine().isServing()).isTrue();
      }
    }
    assertThat(registry.size()).isEqualTo(1);
  }

  @Test
  void idleEnginesMakeRoomForOthers() {
    mostOpen = 1;
    Engine first = borrowAndReturn(CONFIG);
    Engine second = borrowAndReturn(OTHER);
    assertThat(first.isServing()).isFalse();
    assertThat(second.isServing()).isTrue();
    try (EngineRegistry.Lease held = registry.acquire(OTHER)) {
      assertThatThrownBy(() -> registry.acquire(CONFIG)).hasMessage("no room");
      assertThat(held.engine().isServing()).isTrue();
    }
  }

  @Test
  void anInterruptedTaskDoesNotSpoilTheLoadForOthers() throws InterruptedException {
    gate = new CountDownLatch(1);
    CompletableFuture<Throwable> outcome = new CompletableFuture<>();
    Thread first =
        new Thread(
            () -> {
              try {
                registry.acquire(CONFIG).close();
                outcome.complete(null);
              } catch (RuntimeException e) {
                outcome.complete(e);
              }
            });
    first.start();
    while (loads.get() == 0) {
      Thread.onSpinWait();
    }
    first.interrupt();
    assertThat(outcome.join()).isInstanceOf(EngineException.class);
    gate.countDown();
    assertThat(borrowAndReturn(CONFIG).isServing()).isTrue();
    assertThat(loads.get()).isEqualTo(1);
    first.join();
  }

  @Test
  void aLoadThatNobodyWaitsForAndThatFindsNoRoomEnds() throws InterruptedException {
    mostOpen = 0;
    gate = new CountDownLatch(1);
    Thread impatient =
        new Thread(
            () ->
                assertThatThrownBy(() -> registry.acquire(CONFIG))
                    .isInstanceOf(EngineException.class));
    impatient.start();
    while (loads.get() == 0) {
      Thread.onSpinWait();
    }
    impatient.interrupt();
    impatient.join();
    gate.countDown();
    while (loads.get() < 2) {
      Thread.onSpinWait();
    }
    mostOpen = Integer.MAX_VALUE;
    while (true) {
      try (EngineRegistry.Lease lease = registry.acquire(CONFIG)) {
        assertThat(lease.engine().isServing()).isTrue();
        return;
      } catch (EngineException e) {
        // The first load is still failing.
        assertThat(e).hasMessage("no room");
      }
    }
  }

  @Test
  void aClosedRegistryHasNoEngines() {
    EngineRegistry.Lease lease = registry.acquire(CONFIG);
    registry.close();
    assertThat(lease.engine().isServing()).isFalse();
    lease.close();
    assertThatThrownBy(() -> registry.acquire(CONFIG)).isInstanceOf(EngineException.class);
  }

  private Engine borrowAndReturn(EngineConfig config) {
    try (EngineRegistry.Lease lease = registry.acquire(config)) {
      return lease.engine();
    }
  }

  private final class FakeEngine implements Engine {
    private volatile boolean serving = true;

    @Override
    public CompletableFuture<Completion> submit(Request request) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int countTokens(String text) {
      return text.length();
    }

    @Override
    public ModelSummary model() {
      throw new UnsupportedOperationException();
    }

    @Override
    public EngineStats stats() {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean isServing() {
      return serving;
    }

    @Override
    public void close() {
      serving = false;
      open.remove(this);
    }
  }
}
