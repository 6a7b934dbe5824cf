package dev.swiftkv.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tasks that ask the same few prompts and give up at random, and an engine that fails at times. */
class SharedAnswersFuzzTest {
  private static final int TASKS = 6;
  private static final int QUESTIONS_PER_TASK = 4000;
  private static final int PROMPTS = 40;
  private static final int WINDOW = 8;

  private final SharedAnswers answers = new SharedAnswers();
  private final ConcurrentLinkedQueue<Asked> inbox = new ConcurrentLinkedQueue<>();
  private final AtomicInteger wrong = new AtomicInteger();
  private final AtomicInteger lost = new AtomicInteger();
  private final AtomicInteger answered = new AtomicInteger();
  private final AtomicBoolean ended = new AtomicBoolean();

  private record Asked(String prompt, CompletableFuture<Completion> request) {}

  private record Claim(String prompt, SharedAnswer answer) {}

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  @Timeout(value = 60, unit = TimeUnit.SECONDS)
  void nobodyLosesAnAnswerAndNothingHangs(long seed) throws InterruptedException {
    Thread engine = new Thread(() -> serve(new Random(seed)));
    engine.start();
    List<Thread> tasks = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      Random random = new Random(seed * 31 + i);
      tasks.add(new Thread(() -> ask(random)));
    }
    tasks.forEach(Thread::start);
    for (Thread task : tasks) {
      task.join();
    }
    ended.set(true);
    engine.join();

    assertThat(wrong).hasValue(0);
    assertThat(lost).hasValue(0);
    assertThat(answered.get()).isGreaterThan(QUESTIONS_PER_TASK);
    assertThat(answers.inFlight()).isZero();
  }

  private void serve(Random random) {
    while (!ended.get() || !inbox.isEmpty()) {
      Asked asked = inbox.poll();
      if (asked == null) {
        Thread.onSpinWait();
      } else if (random.nextInt(50) == 0) {
        asked.request.completeExceptionally(new EngineException(ErrorCategory.DEVICE, "Gone"));
      } else if (random.nextInt(20) == 0) {
        RowError error = new RowError(ErrorCategory.DEVICE, asked.prompt);
        asked.request.complete(Completion.failed(error, 1));
      } else {
        asked.request.complete(
            new Completion(asked.prompt, List.of(1), FinishReason.STOP, 1, 0, null));
      }
    }
  }

  private void ask(Random random) {
    List<Claim> open = new ArrayList<>();
    for (int i = 0; i < QUESTIONS_PER_TASK; i++) {
      String prompt = "prompt " + random.nextInt(PROMPTS);
      AnswerKey key =
          AnswerKey.of("options", ByteBuffer.wrap(prompt.getBytes(UTF_8)), AnswerKey.newDigest());
      long cacheBytes = random.nextInt(4) == 0 ? 2000 : 0;
      open.add(new Claim(prompt, answers.ask(key, cacheBytes, () -> submit(prompt))));
      if (random.nextInt(100) == 0) {
        open.forEach(claim -> claim.answer.release());
        open.clear();
      }
      while (open.size() >= WINDOW) {
        check(open.remove(0));
      }
    }
    open.forEach(this::check);
  }

  private CompletableFuture<Completion> submit(String prompt) {
    CompletableFuture<Completion> request = new CompletableFuture<>();
    inbox.add(new Asked(prompt, request));
    return request;
  }

  private void check(Claim claim) {
    try {
      Completion completion = claim.answer.future().join();
      RowError error = completion.errorOrNull();
      String said = error == null ? completion.text() : error.message();
      answered.incrementAndGet();
      if (!said.equals(claim.prompt)) {
        wrong.incrementAndGet();
      }
    } catch (CompletionException e) {
      // The engine failed: all who waited learn it. A cancelled request would be another's doing.
      if (!(e.getCause() instanceof EngineException)) {
        lost.incrementAndGet();
      }
    } catch (java.util.concurrent.CancellationException e) {
      lost.incrementAndGet();
    }
  }
}
