package dev.swiftkv.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.EngineStats;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.FinishReason;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.Request;
import dev.swiftkv.engine.schedule.StepPlan;
import dev.swiftkv.engine.schedule.StepRunner;
import dev.swiftkv.kernels.DeviceFailedException;
import dev.swiftkv.kernels.DeviceMemoryException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ResidentEngineTest {
  private static final String WORDS = "the quick brown fox jumps over the lazy dog ";

  @Test
  void everyRowOfABatchGetsWhatItWouldGetAlone() {
    try (OracleEngine oracle = new OracleEngine()) {
      List<String> prompts = new ArrayList<>();
      List<CompletableFuture<Completion>> answers = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        prompts.add(WORDS.repeat(4).substring(0, 1 + i * 2 % 170) + i % 7);
        answers.add(oracle.submit(prompts.get(i), 1 + i % 23));
      }
      for (int i = 0; i < 64; i++) {
        Completion completion = OracleEngine.await(answers.get(i));
        assertThat(completion.tokenIds())
            .isEqualTo(OracleEngine.expected(prompts.get(i), 1 + i % 23));
        assertThat(completion.finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThat(completion.promptTokens()).isEqualTo(prompts.get(i).length() + 1);
      }
      EngineStats stats = oracle.idle();
      assertThat(stats.requests()).isEqualTo(64);
      assertThat(stats.largestBatch()).isEqualTo(OracleEngine.MAX_SEQUENCES);
      assertThat(stats.cachedTokens()).isPositive();
      assertThat(stats.promptTokens() + stats.cachedTokens())
          .isEqualTo(prompts.stream().mapToInt(prompt -> prompt.length() + 1).sum());
    }
  }

  @Test
  void tenThousandOneWordPromptsAreAllAnswered() {
    try (OracleEngine oracle = new OracleEngine()) {
      List<CompletableFuture<Completion>> answers = new ArrayList<>();
      for (int i = 0; i < 10_000; i++) {
        answers.add(oracle.submit("word" + i, 1));
      }
      for (int i = 0; i < 10_000; i++) {
        assertThat(OracleEngine.await(answers.get(i)).tokenIds())
            .isEqualTo(OracleEngine.expected("word" + i, 1));
      }
    }
  }

  @Test
  void aCompletionEndsAtAnEndOfSequenceTokenAndKeepsItOutOfTheText() {
    List<Integer> unlimited = OracleEngine.expected("hello", 10);
    try (OracleEngine oracle = new OracleEngine()) {
      oracle.endAt(unlimited.get(3));
      Completion completion = OracleEngine.await(oracle.submit("hello", 10));
      assertThat(completion.finishReason()).isEqualTo(FinishReason.STOP);
      assertThat(completion.tokenIds()).isEqualTo(unlimited.subList(0, 4));
      assertThat(completion.text())
          .isEqualTo("%d %d %d ".formatted(unlimited.toArray(new Object[0])));
    }
  }

  @Test
  void aCompletionEndsBeforeAStopString() {
    List<Integer> unlimited = OracleEngine.expected("hello", 10);
    String stop = unlimited.get(1) + " " + unlimited.get(2);
    try (OracleEngine oracle = new OracleEngine()) {
      Completion completion =
          OracleEngine.await(
              oracle
                  .engine()
                  .submit(
                      new Request(
                          new Prompt.Text("hello"),
                          GenerationOptions.defaults().withMaxTokens(10).withStop(List.of(stop)))));
      assertThat(completion.finishReason()).isEqualTo(FinishReason.STOP);
      assertThat(completion.text()).isEqualTo(unlimited.get(0) + " ");
      assertThat(completion.tokenIds()).isEqualTo(unlimited.subList(0, 3));
    }
  }

  @Test
  void cancellingFreesWhatARequestHolds() {
    try (OracleEngine oracle = new OracleEngine()) {
      List<CompletableFuture<Completion>> answers = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        answers.add(oracle.submit(WORDS.repeat(2) + i, 150));
      }
      answers.forEach(answer -> answer.cancel(true));
      assertThat(oracle.idle().runningSequences()).isZero();
      assertThat(OracleEngine.await(oracle.submit("still here", 3)).tokenIds())
          .isEqualTo(OracleEngine.expected("still here", 3));
    }
  }

  @Test
  void closingFailsWhatIsOpenAndFreesTheDeviceOnce() {
    OracleEngine oracle = new OracleEngine();
    List<CompletableFuture<Completion>> answers = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      answers.add(oracle.submit(WORDS + i, 150));
    }
    oracle.close();
    oracle.close();
    assertThat(oracle.deviceClosings()).isEqualTo(1);
    assertThat(oracle.engine().isServing()).isFalse();
    answers.add(oracle.submit("too late", 1));
    for (CompletableFuture<Completion> answer : answers) {
      assertThat(answer).isDone();
      if (answer.isCompletedExceptionally()) {
        assertFailure(answer, ErrorCategory.CANCELLED);
      }
    }
    assertThat(answers.get(100)).isCompletedExceptionally();
    assertThat(answers.get(99)).isCompletedExceptionally();
  }

  @Test
  void aFailingStepFailsItsRowsAndNoOthers() {
    assertRowFailure(() -> new IllegalStateException("kernel bug"), ErrorCategory.INTERNAL);
    assertRowFailure(() -> new DeviceMemoryException("full"), ErrorCategory.OUT_OF_MEMORY);
    assertRowFailure(() -> new OutOfMemoryError("heap"), ErrorCategory.OUT_OF_MEMORY);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 10, 40})
  void aStepWithoutMemoryIsDoneAgainInSmallerOnes(int mostTokens) {
    try (OracleEngine oracle =
        new OracleEngine(
            runner ->
                (plan, sampled) -> {
                  if (plan.tokens() > mostTokens) {
                    throw new DeviceMemoryException("no room for " + plan.tokens());
                  }
                  runner.start(plan, sampled);
                },
            OracleEngine.BLOCKS)) {
      List<CompletableFuture<Completion>> answers = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        answers.add(oracle.submit("prompt number " + i, 7));
      }
      for (int i = 0; i < answers.size(); i++) {
        assertThat(OracleEngine.await(answers.get(i)).tokenIds())
            .isEqualTo(OracleEngine.expected("prompt number " + i, 7));
      }
      assertThat(oracle.idle().failedRequests()).isZero();
    }
  }

  @Test
  void answersAreDeliveredWhileTheNextStepRuns() {
    List<String> order = new CopyOnWriteArrayList<>();
    CountDownLatch submitted = new CountDownLatch(1);
    try (OracleEngine oracle =
        new OracleEngine(runner -> background(runner, submitted, order), OracleEngine.BLOCKS)) {
      CompletableFuture<Completion> longer = oracle.submit("longer", 6);
      CompletableFuture<Completion> shorter = oracle.submit("shorter", 2);
      CompletableFuture<Void> delivered = shorter.thenRun(() -> order.add("delivered"));
      submitted.countDown();
      OracleEngine.await(longer);
      delivered.join();
      assertThat(shorter.join().tokenIds()).isEqualTo(OracleEngine.expected("shorter", 2));
      assertThat(order.get(order.indexOf("delivered") - 1)).isEqualTo("started");
      assertThat(order.get(order.indexOf("delivered") + 1)).isEqualTo("awaited");
    }
  }

  private static StepRunner background(
      StepRunner runner, CountDownLatch submitted, List<String> order) {
    return new StepRunner() {
      @Override
      public void start(StepPlan plan, int[] sampled) {
        try {
          submitted.await();
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
        order.add("started");
        runner.start(plan, sampled);
      }

      @Override
      public void await(StepPlan plan) {
        order.add("awaited");
      }

      @Override
      public boolean runsInBackground() {
        return true;
      }
    };
  }

  @Test
  void aFailingDeviceEndsTheEngine() {
    assertFatal(() -> new EngineException(ErrorCategory.DEVICE, "gone"), ErrorCategory.DEVICE);
    assertFatal(() -> new DeviceFailedException("illegal address"), ErrorCategory.DEVICE);
    assertFatal(() -> new LinkageError("no such native"), ErrorCategory.INTERNAL);
  }

  @Test
  void stepsThatKeepFailingEndTheEngine() {
    OracleEngine oracle =
        new OracleEngine(
            runner ->
                (plan, sampled) -> {
                  throw new IllegalStateException("always");
                },
            OracleEngine.BLOCKS);
    int rowErrors = 0;
    CompletableFuture<Completion> answer = oracle.submit("hello", 1);
    while (rowErrors < 10 && !failedForGood(answer)) {
      rowErrors++;
      answer = oracle.submit("hello", 1);
    }
    assertThat(rowErrors).isEqualTo(2);
    assertFailure(answer, ErrorCategory.INTERNAL);
    oracle.close();
  }

  @Test
  void textThatCannotBeDecodedFailsItsRowOnly() {
    try (OracleEngine oracle = new OracleEngine()) {
      CompletableFuture<Completion> broken =
          oracle
              .engine()
              .submit(
                  new Request(
                      new Prompt.Text("hello"),
                      GenerationOptions.defaults().withStop(List.of("explode"))));
      CompletableFuture<Completion> other = oracle.submit("hello", 5);
      assertThat(OracleEngine.await(broken).errorOrNull().category())
          .isEqualTo(ErrorCategory.INTERNAL);
      assertThat(OracleEngine.await(other).tokenIds()).hasSize(5);
    }
  }

  @Test
  void manyThreadsShareOneBatch() throws InterruptedException {
    try (OracleEngine oracle = new OracleEngine()) {
      CountDownLatch go = new CountDownLatch(1);
      AtomicInteger right = new AtomicInteger();
      List<Thread> threads = new ArrayList<>();
      for (int t = 0; t < 6; t++) {
        String prompt = WORDS + t;
        threads.add(
            new Thread(
                () -> {
                  OracleEngine.await(CompletableFuture.runAsync(() -> awaitLatch(go)));
                  for (int i = 0; i < 20; i++) {
                    List<Integer> got = OracleEngine.await(oracle.submit(prompt, 12)).tokenIds();
                    right.addAndGet(got.equals(OracleEngine.expected(prompt, 12)) ? 1 : 0);
                  }
                }));
      }
      threads.forEach(Thread::start);
      go.countDown();
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(right.get()).isEqualTo(120);
      assertThat(oracle.idle().largestBatch()).isGreaterThan(1);
    }
  }

  @Test
  void randomTrafficWithCancellationsIsAnsweredRight() throws InterruptedException {
    try (OracleEngine oracle = new OracleEngine(runner -> runner, 40)) {
      AtomicInteger wrong = new AtomicInteger();
      List<Thread> clients = new ArrayList<>();
      for (int c = 0; c < 4; c++) {
        Random random = new Random(c);
        clients.add(new Thread(() -> wrong.addAndGet(wrongAnswers(oracle, random))));
      }
      clients.forEach(Thread::start);
      for (Thread client : clients) {
        client.join();
      }
      assertThat(wrong.get()).isZero();
      assertThat(oracle.idle().failedRequests()).isZero();
    }
  }

  /** Submits many requests, cancels some on the way, and counts the others that went wrong. */
  private static int wrongAnswers(OracleEngine oracle, Random random) {
    List<String> prompts = new ArrayList<>();
    List<CompletableFuture<Completion>> answers = new ArrayList<>();
    int wrong = 0;
    for (int i = 0; i < 300; i++) {
      prompts.add(WORDS.repeat(4).substring(random.nextInt(3), 4 + random.nextInt(150)));
      answers.add(oracle.submit(prompts.get(i), 1 + i % 17));
      if (random.nextInt(4) == 0) {
        answers.get(random.nextInt(i + 1)).cancel(true);
      }
    }
    for (int i = 0; i < 300; i++) {
      if (!answers.get(i).isCancelled()) {
        List<Integer> expected = OracleEngine.expected(prompts.get(i), 1 + i % 17);
        wrong += OracleEngine.await(answers.get(i)).tokenIds().equals(expected) ? 0 : 1;
      }
    }
    return wrong;
  }

  private static void assertRowFailure(Supplier<Throwable> failure, ErrorCategory category) {
    AtomicInteger steps = new AtomicInteger();
    try (OracleEngine oracle =
        new OracleEngine(
            runner ->
                (plan, sampled) -> {
                  if (steps.incrementAndGet() == 2) {
                    throwAny(failure.get());
                  }
                  runner.start(plan, sampled);
                },
            OracleEngine.BLOCKS)) {
      Completion failed = OracleEngine.await(oracle.submit("hello", 5));
      assertThat(failed.errorOrNull().category()).isEqualTo(category);
      assertThat(failed.errorOrNull().message())
          .contains(category == ErrorCategory.OUT_OF_MEMORY ? "one token" : "1 sequences");
      assertThat(OracleEngine.await(oracle.submit("hello", 5)).tokenIds())
          .isEqualTo(OracleEngine.expected("hello", 5));
      assertThat(oracle.idle().failedRequests()).isEqualTo(1);
    }
  }

  private static void assertFatal(Supplier<Throwable> failure, ErrorCategory category) {
    OracleEngine oracle =
        new OracleEngine(runner -> (plan, sampled) -> throwAny(failure.get()), OracleEngine.BLOCKS);
    CompletableFuture<Completion> running = oracle.submit("hello", 5);
    assertFailure(running, category);
    assertFailure(oracle.submit("hello", 5), category);
    assertThat(oracle.engine().isServing()).isFalse();
    oracle.close();
    assertThat(oracle.deviceClosings()).isEqualTo(1);
  }

  private static boolean failedForGood(CompletableFuture<Completion> answer) {
    try {
      return answer.join().errorOrNull() == null;
    } catch (CompletionException e) {
      return true;
    }
  }

  private static void assertFailure(CompletableFuture<Completion> answer, ErrorCategory category) {
    assertThatThrownBy(answer::join)
        .hasCauseInstanceOf(EngineException.class)
        .cause()
        .extracting(e -> ((EngineException) e).category())
        .isEqualTo(category);
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void throwAny(Throwable failure) {
    if (failure instanceof RuntimeException e) {
      throw e;
    }
    throw (Error) failure;
  }
}
