package dev.swiftkv.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.schedule.StepRunner;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class OutstandingTokensTest {
  private final AtomicReference<OracleEngine> oracle = new AtomicReference<>();
  private final List<Long> atSteps = new CopyOnWriteArrayList<>();

  @Test
  void aRequestCountsUntilItEndsAndNeverBelowZero() {
    AtomicLong sum = new AtomicLong();
    OutstandingTokens one = new OutstandingTokens(10, sum);
    OutstandingTokens two = new OutstandingTokens(5, sum);
    one.computed(3);
    assertThat(sum.get()).isEqualTo(12);
    two.computed(7);
    assertThat(sum.get()).isEqualTo(7);
    one.ended();
    one.ended();
    one.computed(1);
    assertThat(sum.get()).isZero();
  }

  @Test
  void everyStepLeavesLess() {
    try (OracleEngine engine = new OracleEngine(this::watched, OracleEngine.BLOCKS)) {
      oracle.set(engine);
      OracleEngine.await(engine.submit("one", 5));
      // Four tokens of the prompt, the token before the text included, and five to generate.
      assertThat(atSteps).containsExactly(9L, 4L, 3L, 2L, 1L);
      assertThat(engine.engine().stats().outstandingTokens()).isZero();
    }
  }

  @Test
  void whatThePrefixCacheKnowsIsNotOutstanding() {
    String prompt = "p".repeat(40);
    try (OracleEngine engine = new OracleEngine(this::watched, OracleEngine.BLOCKS)) {
      oracle.set(engine);
      OracleEngine.await(engine.submit(prompt, 1));
      Completion again = OracleEngine.await(engine.submit(prompt, 1));
      assertThat(again.cachedTokens()).isPositive();
      assertThat(atSteps).containsExactly(42L, 42L - again.cachedTokens());
    }
  }

  @Test
  void requestsThatAreGivenUpOrAbortedCountNoMore() {
    CountDownLatch gate = new CountDownLatch(1);
    OracleEngine engine = new OracleEngine(runner -> gated(runner, gate), OracleEngine.BLOCKS);
    List<CompletableFuture<Completion>> answers = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      answers.add(engine.submit("three", 4));
    }
    assertThat(engine.engine().stats().outstandingTokens()).isEqualTo(20 * (6 + 4));
    answers.subList(0, 15).forEach(answer -> answer.cancel(true));
    assertThat(engine.engine().stats().outstandingTokens()).isEqualTo(5 * (6 + 4));
    gate.countDown();
    engine.close();
    assertThat(engine.engine().stats().outstandingTokens()).isZero();
  }

  private StepRunner watched(StepRunner runner) {
    return (plan, sampled) -> {
      atSteps.add(oracle.get().engine().stats().outstandingTokens());
      runner.start(plan, sampled);
    };
  }

  private static StepRunner gated(StepRunner runner, CountDownLatch gate) {
    return (plan, sampled) -> {
      try {
        gate.await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      runner.start(plan, sampled);
    };
  }
}
