package dev.swiftkv.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.FinishReason;
import dev.swiftkv.engine.RowError;
import dev.swiftkv.engine.SamplingParams;
import dev.swiftkv.kvcache.KvCacheManager;
import dev.swiftkv.kvcache.PromptBlocks;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SchedulerTest {
  private static final int BLOCK_TOKENS = PagedOracle.BLOCK_TOKENS;

  private final KvCacheManager cache = new KvCacheManager(64, BLOCK_TOKENS, true);
  private final StepPlan plan = new StepPlan(8);

  private static Sequence sequence(int[] prompt, int maxNewTokens, SequenceOwner owner) {
    return new Sequence(
        new PromptBlocks(prompt, BLOCK_TOKENS), maxNewTokens, SamplingParams.GREEDY, 0L, owner);
  }

  private static int[] prompt(int first, int length) {
    return IntStream.range(0, length).map(i -> (first + i) % PagedOracle.VOCABULARY).toArray();
  }

  private void step(Scheduler scheduler) {
    scheduler.plan(plan);
    scheduler.advance(plan, new int[plan.samples()]);
    scheduler.deliver();
  }

  @Test
  void aStepTakesDecodingTokensFirstAndFillsUpWithPromptsExactly() {
    Scheduler scheduler = new Scheduler(cache, 20, 8);
    scheduler.enqueue(sequence(prompt(0, 5), 9, new RecordingOwner()));
    scheduler.enqueue(sequence(prompt(100, 30), 9, new RecordingOwner()));
    scheduler.enqueue(sequence(prompt(200, 7), 9, new RecordingOwner()));
    step(scheduler);
    assertThat(counts()).containsExactly(5, 15);
    scheduler.plan(plan);
    assertThat(counts()).containsExactly(1, 15, 4);
    assertThat(plan.tokens()).isEqualTo(20);
    assertThat(plan.samples()).isEqualTo(2);
  }

  @Test
  void aConstraintThatCannotBeKeptFailsItsSequenceAlone() {
    Scheduler scheduler = new Scheduler(cache, 20, 8);
    RecordingOwner failing = new RecordingOwner();
    RecordingOwner other = new RecordingOwner();
    RowError error = new RowError(ErrorCategory.UNSUPPORTED, "too large");
    PromptBlocks prompt = new PromptBlocks(prompt(0, 5), BLOCK_TOKENS);
    SamplingParams greedy = SamplingParams.GREEDY;
    scheduler.enqueue(new Sequence(prompt, 9, greedy, 0L, failing, new FailsAfter(2, error)));
    scheduler.enqueue(sequence(prompt(50, 5), 3, other));
    for (int i = 0; i < 3; i++) {
      step(scheduler);
    }
    assertThat(failing.error()).isEqualTo(error);
    assertThat(failing.endings()).isEqualTo(1);
    assertThat(failing.tokens()).hasSize(2);
    assertThat(other.reason()).isEqualTo(FinishReason.LENGTH);
    assertThat(scheduler.hasWork()).isFalse();
  }

  /** A constraint that allows everything until it cannot be kept. */
  private static final class FailsAfter implements TokenConstraint {
    private final RowError error;
    private int left;

    FailsAfter(int tokens, RowError error) {
      left = tokens;
      this.error = error;
    }

    @Override
    public long[] allowed(int tokensLeft) {
      return new long[] {-1L};
    }

    @Override
    public boolean accept(int tokenId) {
      return --left == 0;
    }

    @Override
    public boolean wasShortened() {
      return false;
    }

    @Override
    public RowError errorOrNull() {
      return left == 0 ? error : null;
    }
  }

  @Test
  void neverMoreSequencesRunThanTheBudgetHasTokens() {
    Scheduler scheduler = new Scheduler(cache, 2, 8);
    List<RecordingOwner> owners = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      owners.add(new RecordingOwner());
      scheduler.enqueue(sequence(prompt(i, 3 + i), 6, owners.get(i)));
    }
    while (scheduler.hasWork()) {
      step(scheduler);
      assertThat(plan.tokens()).isLessThanOrEqualTo(2);
      assertThat(scheduler.runningCount()).isLessThanOrEqualTo(2);
    }
    assertThat(owners).allSatisfy(owner -> assertThat(owner.tokens()).hasSize(6));
  }

  @Test
  void aLongerCachedPrefixGoesFirst() {
    Scheduler scheduler = new Scheduler(cache, 64, 1);
    RecordingOwner warm = new RecordingOwner();
    scheduler.enqueue(sequence(prompt(0, 48), 1, warm));
    step(scheduler);
    RecordingOwner stranger = new RecordingOwner();
    RecordingOwner relative = new RecordingOwner();
    scheduler.enqueue(sequence(prompt(500, 48), 1, stranger));
    scheduler.enqueue(sequence(prompt(0, 60), 1, relative));
    step(scheduler);
    assertThat(relative.reason()).isEqualTo(FinishReason.LENGTH);
    assertThat(stranger.endings()).isZero();
    assertThat(plan.tokens()).isEqualTo(60 - 48);
  }

  @Test
  void theEarliestIsPassedOverOnlySoOften() {
    Scheduler scheduler = new Scheduler(cache, 64, 1);
    scheduler.enqueue(sequence(prompt(0, 48), 1, new RecordingOwner()));
    step(scheduler);
    RecordingOwner stranger = new RecordingOwner();
    scheduler.enqueue(sequence(prompt(500, 48), 1, stranger));
    int steps = 0;
    while (stranger.endings() == 0) {
      scheduler.enqueue(sequence(prompt(0, 60), 1, new RecordingOwner()));
      step(scheduler);
      steps++;
    }
    assertThat(steps).isEqualTo(WaitingSequences.MOST_BYPASSES + 1);
  }

  @Test
  void aSequenceWithoutRoomWaitsForARelease() {
    KvCacheManager small = new KvCacheManager(4, BLOCK_TOKENS, true);
    Scheduler scheduler = new Scheduler(small, 64, 8);
    RecordingOwner first = new RecordingOwner();
    RecordingOwner second = new RecordingOwner();
    scheduler.enqueue(sequence(prompt(0, 40), 8, first));
    scheduler.enqueue(sequence(prompt(100, 40), 8, second));
    step(scheduler);
    assertThat(scheduler.runningCount()).isEqualTo(1);
    while (scheduler.hasWork()) {
      step(scheduler);
      assertThat(small.checkIntegrity()).isTrue();
    }
    assertThat(first.tokens()).hasSize(8);
    assertThat(second.tokens()).hasSize(8);
  }

  @Test
  void aSequenceThatCanNeverFitFailsAndOthersGoOn() {
    KvCacheManager small = new KvCacheManager(2, BLOCK_TOKENS, true);
    Scheduler scheduler = new Scheduler(small, 64, 8);
    RecordingOwner large = new RecordingOwner();
    RecordingOwner fitting = new RecordingOwner();
    scheduler.enqueue(sequence(prompt(0, 40), 8, large));
    scheduler.enqueue(sequence(prompt(0, 10), 1, fitting));
    step(scheduler);
    assertThat(large.error().category()).isEqualTo(ErrorCategory.OUT_OF_MEMORY);
    assertThat(large.error().message()).contains("40 prompt tokens", "kvCacheBytes");
    assertThat(fitting.reason()).isEqualTo(FinishReason.LENGTH);
  }

  @Test
  void whoeverGaveUpIsDroppedBeforeTheNextStep() {
    Scheduler scheduler = new Scheduler(cache, 64, 1);
    RecordingOwner running = new RecordingOwner();
    RecordingOwner waiting = new RecordingOwner();
    scheduler.enqueue(sequence(prompt(0, 40), 8, running));
    scheduler.enqueue(sequence(prompt(0, 40), 8, waiting));
    step(scheduler);
    running.giveUp();
    waiting.giveUp();
    scheduler.plan(plan);
    assertThat(plan.size()).isZero();
    assertThat(scheduler.hasWork()).isFalse();
    assertThat(cache.stats().heldBlocks()).isZero();
  }

  @Test
  void aFailedStepTakesItsOwnSequencesOnly() {
    Scheduler scheduler = new Scheduler(cache, 64, 1);
    RecordingOwner running = new RecordingOwner();
    RecordingOwner waiting = new RecordingOwner();
    scheduler.enqueue(sequence(prompt(0, 40), 1, running));
    scheduler.enqueue(sequence(prompt(0, 40), 1, waiting));
    scheduler.plan(plan);
    scheduler.fail(plan, new RowError(ErrorCategory.INTERNAL, "broken"));
    assertThat(running.error().message()).isEqualTo("broken");
    assertThat(cache.stats().cachedBlocks()).isZero();
    step(scheduler);
    assertThat(waiting.reason()).isEqualTo(FinishReason.LENGTH);
  }

  @Test
  void whenTheEngineEndsEverySequenceIsTold() {
    Scheduler scheduler = new Scheduler(cache, 64, 1);
    List<RecordingOwner> owners = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      owners.add(new RecordingOwner());
      scheduler.enqueue(sequence(prompt(i, 40), 8, owners.get(i)));
    }
    step(scheduler);
    scheduler.abortAll(new EngineException(ErrorCategory.CANCELLED, "closed"));
    assertThat(owners).allSatisfy(owner -> assertThat(owner.failure()).hasMessage("closed"));
    assertThat(owners).allSatisfy(owner -> assertThat(owner.endings()).isEqualTo(1));
    assertThat(cache.stats().heldBlocks()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"1,8", "7,3", "16,8", "64,5", "513,8"})
  void everySequenceGetsTheTokensItWouldGetAlone(int stepTokens, int maxSequences) {
    Random random = new Random(stepTokens);
    Scheduler scheduler = new Scheduler(cache, stepTokens, maxSequences);
    List<int[]> prompts = new ArrayList<>();
    List<RecordingOwner> owners = new ArrayList<>();
    try (PagedOracle oracle = new PagedOracle(64, stepTokens, maxSequences, 64)) {
      for (int i = 0; i < 40; i++) {
        // Few first tokens, so that prompts share prefixes of many lengths.
        prompts.add(prompt(random.nextInt(3), 1 + random.nextInt(90)));
        owners.add(new RecordingOwner());
        scheduler.enqueue(sequence(prompts.get(i), 1 + random.nextInt(30), owners.get(i)));
      }
      int[] sampled = new int[maxSequences];
      while (scheduler.hasWork()) {
        scheduler.plan(plan);
        oracle.start(plan, sampled);
        scheduler.advance(plan, sampled);
        scheduler.deliver();
        assertThat(cache.checkIntegrity()).isTrue();
      }
      assertThat(oracle.largestStep()).isLessThanOrEqualTo(stepTokens);
    }
    for (int i = 0; i < prompts.size(); i++) {
      assertThat(owners.get(i).tokens()).isEqualTo(alone(prompts.get(i), owners.get(i).tokens()));
    }
    assertThat(cache.stats().heldBlocks()).isZero();
    assertThat(cache.stats().hitTokens()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 32, 48})
  void aPromptThatIsCachedWholeComputesItsLastBlockAgain(int length) {
    Scheduler scheduler = new Scheduler(cache, 64, 1);
    scheduler.enqueue(sequence(prompt(0, length), 1, new RecordingOwner()));
    step(scheduler);
    scheduler.enqueue(sequence(prompt(0, length), 1, new RecordingOwner()));
    scheduler.plan(plan);
    assertThat(plan.tokens()).isEqualTo(BLOCK_TOKENS);
    assertThat(plan.samples()).isEqualTo(1);
  }

  private List<Integer> counts() {
    return IntStream.range(0, plan.size()).mapToObj(plan::count).toList();
  }

  private static List<Integer> alone(int[] prompt, List<Integer> got) {
    int[] tokens = Arrays.copyOf(prompt, prompt.length + got.size());
    for (int i = prompt.length; i < tokens.length; i++) {
      tokens[i] = PagedOracle.next(tokens, i);
    }
    return Arrays.stream(tokens).skip(prompt.length).boxed().toList();
  }
}
