package dev.swiftkv.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which of several devices a borrower gets. */
@Timeout(30)
class LeastLoadedTest {
  private static final EngineConfig FIRST = EngineConfig.forModel(Path.of("one"));
  private static final EngineConfig SECOND = FIRST.withDeviceIndex(1);
  private static final EngineConfig THIRD = FIRST.withDeviceIndex(2);
  private static final List<EngineConfig> ALL = List.of(FIRST, SECOND, THIRD);

  private final Map<Integer, FakeEngine> engines = new ConcurrentHashMap<>();
  private final Map<Integer, EngineException> refusals = new ConcurrentHashMap<>();
  private final List<Integer> loads = new ArrayList<>();
  private final EngineRegistry registry = new EngineRegistry(this::load);

  @AfterEach
  void close() {
    registry.close();
  }

  private Engine load(EngineConfig config) {
    synchronized (loads) {
      loads.add(config.deviceIndex());
    }
    EngineException refusal = refusals.get(config.deviceIndex());
    if (refusal != null) {
      throw refusal;
    }
    FakeEngine engine = new FakeEngine();
    engines.put(config.deviceIndex(), engine);
    return engine;
  }

  @Test
  void theFirstDeviceServesAloneWhileItIsIdle() {
    assertThat(borrowAndReturn()).isSameAs(borrowAndReturn());
    assertThat(loads).containsExactly(0);
  }

  @Test
  void theOneWithTheFewestOutstandingTokensIsTaken() {
    registry.acquire(FIRST).close();
    registry.acquire(SECOND).close();
    registry.acquire(THIRD).close();
    setOutstanding(500, 20, 100);
    assertThat(borrowAndReturn()).isSameAs(engines.get(1));
    setOutstanding(500, 200, 100);
    assertThat(borrowAndReturn()).isSameAs(engines.get(2));
    setOutstanding(7, 200, 7);
    assertThat(borrowAndReturn()).isSameAs(engines.get(0));
  }

  @Test
  void borrowersThatHaveNotAskedYetAreSpread() {
    Map<Engine, Integer> borrowers = new HashMap<>();
    for (int i = 0; i < 6; i++) {
      borrowers.merge(registry.acquireLeastLoaded(ALL).engine(), 1, Integer::sum);
    }
    assertThat(loads).containsExactly(0, 1, 2);
    assertThat(borrowers.values()).containsExactly(2, 2, 2);
  }

  @Test
  void aDeviceWhoseEngineDoesNotOpenIsPassedOverAndNotTriedAgain() {
    refusals.put(0, new EngineException(ErrorCategory.DEVICE, "0 is broken"));
    assertThat(borrowAndReturn()).isSameAs(engines.get(1));
    engines.get(1).outstanding.set(1000);
    assertThat(borrowAndReturn()).isSameAs(engines.get(2));
    assertThat(loads).containsExactly(0, 1, 2);
  }

  @Test
  void aDeviceThatFailedIsPassedOverWhileAnotherServesAndReopenedWhenNoneDoes() {
    try (EngineRegistry.Lease held = registry.acquireLeastLoaded(ALL)) {
      held.engine().close();
      assertThat(borrowAndReturn()).isSameAs(engines.get(1));
    }
    setOutstanding(0, 1000, 0);
    assertThat(borrowAndReturn()).isSameAs(engines.get(2));
    assertThat(loads).containsExactly(0, 1, 2);
    try (EngineRegistry.Lease second = registry.acquire(SECOND);
        EngineRegistry.Lease third = registry.acquire(THIRD)) {
      second.engine().close();
      third.engine().close();
    }
    assertThat(borrowAndReturn().isServing()).isTrue();
    assertThat(loads).containsExactly(0, 1, 2, 0);
    assertThat(borrowAndReturn()).isSameAs(engines.get(0));
  }

  @Test
  void aFailedEngineHasGivenItsDeviceBackBeforeTheNextOneOpens() {
    try (EngineRegistry.Lease lease = registry.acquire(FIRST)) {
      engines.get(0).serving = false;
      assertThat(lease.isFirst()).isTrue();
    }
    FakeEngine failed = engines.get(0);
    assertThat(failed.closed).isFalse();
    registry.acquire(FIRST).close();
    assertThat(engines.get(0)).isNotSameAs(failed);
    assertThat(failed.closed).isTrue();
  }

  @Test
  void whereNoneServesTheFirstErrorIsToldWithTheOthers() {
    refusals.put(0, new EngineException(ErrorCategory.DEVICE, "0 is broken"));
    refusals.put(1, new EngineException(ErrorCategory.OUT_OF_MEMORY, "1 is full"));
    refusals.put(2, new EngineException(ErrorCategory.UNSUPPORTED, "2 is old"));
    assertThatThrownBy(() -> registry.acquireLeastLoaded(ALL))
        .isInstanceOf(EngineException.class)
        .hasMessage("0 is broken")
        .satisfies(
            e ->
                assertThat(e.getSuppressed())
                    .extracting(Throwable::getMessage)
                    .containsExactly("1 is full", "2 is old"));
    refusals.clear();
    assertThat(borrowAndReturn()).isSameAs(engines.get(0));
  }

  @Test
  void anErrorThatAllDevicesWouldHaveIsToldAtOnce() {
    refusals.put(0, new EngineException(ErrorCategory.INVALID_CHECKPOINT, "truncated"));
    assertThatThrownBy(() -> registry.acquireLeastLoaded(ALL)).hasMessage("truncated");
    assertThat(loads).containsExactly(0);
    assertThat(registry.size()).isZero();
  }

  private Engine borrowAndReturn() {
    try (EngineRegistry.Lease lease = registry.acquireLeastLoaded(ALL)) {
      return lease.engine();
    }
  }

  private void setOutstanding(long... tokens) {
    engines.forEach((index, engine) -> engine.outstanding.set(tokens[index]));
  }

  private static final class FakeEngine implements Engine {
    private final AtomicLong outstanding = new AtomicLong();
    private volatile boolean serving = true;
    private volatile boolean closed;

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
      return new EngineStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, outstanding.get());
    }

    @Override
    public boolean isServing() {
      return serving;
    }

    @Override
    public void close() {
      serving = false;
      closed = true;
    }
  }
}
