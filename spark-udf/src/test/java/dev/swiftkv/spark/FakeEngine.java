package dev.swiftkv.spark;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.Constraint;
import dev.swiftkv.engine.Engine;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.EngineStats;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.FinishReason;
import dev.swiftkv.engine.ModelSummary;
import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.Request;
import dev.swiftkv.engine.RowError;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Answers {@code C(prompt)} and remembers what it was asked. A prompt that begins with {@code fail}
 * is a row that fails; {@code crash} fails the engine; {@code hang} is never answered. A score is
 * minus the prompt's length and an eighth of the continuation's. With a short context, prompts
 * beyond it fail and answers are three words that depend on the whole prompt.
 */
public final class FakeEngine implements Engine {
  /** A context that no prompt of a test fills. */
  static final int LONG_CONTEXT = 1 << 20;

  /** Prompts in the order they came. */
  public final ConcurrentLinkedQueue<String> asked = new ConcurrentLinkedQueue<>();

  /** Requests that were given up before they were answered. */
  public final AtomicInteger cancelled = new AtomicInteger();

  /** Largest max_tokens seen. */
  public final AtomicInteger maxTokens = new AtomicInteger();

  /** Most requests open at a time. */
  public final AtomicInteger mostOpen = new AtomicInteger();

  /** Prompts that came as bytes outside the heap, as Arrow's are. */
  public final AtomicInteger readInPlace = new AtomicInteger();

  private final AtomicInteger open = new AtomicInteger();
  private final long delayMillis;
  private final int together;
  private final int contextLength;
  private final ScheduledExecutorService thread;

  /**
   * An engine that takes its time.
   *
   * @param delayMillis how long an answer takes; 0 answers at once
   * @param together how many prompts must have come before the first is answered
   * @param contextLength tokens, which are words; below {@value #LONG_CONTEXT} answers are three
   *     words
   */
  public FakeEngine(long delayMillis, int together, int contextLength) {
    this.delayMillis = delayMillis;
    this.together = together;
    this.contextLength = contextLength;
    thread =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread daemon = new Thread(task, "fake engine");
              daemon.setDaemon(true);
              return daemon;
            });
  }

  @Override
  public CompletableFuture<Completion> submit(Request request) {
    String prompt = text(request.prompt());
    if (request.prompt() instanceof Prompt.Utf8 utf8 && utf8.bytes().isDirect()) {
      readInPlace.incrementAndGet();
    }
    asked.add(prompt);
    maxTokens.accumulateAndGet(request.options().maxTokens(), Math::max);
    if (prompt.startsWith("crash")) {
      return CompletableFuture.failedFuture(
          new EngineException(ErrorCategory.DEVICE, "The fake device failed"));
    }
    if (request.continuation().isPresent()) {
      String continuation = text(request.continuation().get());
      asked.add(continuation);
      return CompletableFuture.completedFuture(
          prompt.startsWith("fail")
              ? answer(prompt, request.options().constraint())
              : Completion.scored(
                  -prompt.length() - continuation.length() / 8.0, List.of(1), 1, 0));
    }
    if (delayMillis == 0 && together <= 1 && !prompt.startsWith("hang")) {
      return CompletableFuture.completedFuture(answer(prompt, request.options().constraint()));
    }

    CompletableFuture<Completion> future = new CompletableFuture<>();
    mostOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
    CompletableFuture<Void> done =
        future.handle(
            (completion, failure) -> {
              open.decrementAndGet();
              if (future.isCancelled()) {
                cancelled.incrementAndGet();
              }
              return null;
            });
    if (done.isDone() || !prompt.startsWith("hang")) {
      answerLater(prompt, request.options().constraint(), future);
    }
    return future;
  }

  private void answerLater(
      String prompt, Constraint constraint, CompletableFuture<Completion> future) {
    Runnable answer =
        () -> {
          if (asked.size() >= together) {
            future.complete(answer(prompt, constraint));
          } else {
            answerLater(prompt, constraint, future);
          }
        };
    var timer = thread.schedule(answer, Math.max(1, delayMillis), TimeUnit.MILLISECONDS);
    if (timer.isCancelled()) {
      throw new IllegalStateException("The fake engine is closed");
    }
  }

  private static String text(Prompt prompt) {
    if (prompt instanceof Prompt.Utf8 utf8) {
      return UTF_8.decode(utf8.bytes().duplicate()).toString();
    }
    return ((Prompt.Text) prompt).text();
  }

  private Completion answer(String prompt, Constraint constraint) {
    int tokens = countTokens(prompt);
    if (tokens > contextLength) {
      return Completion.failed(new RowError(ErrorCategory.INVALID_PROMPT, "Too long"), tokens);
    }
    if (prompt.startsWith("fail")) {
      return Completion.failed(new RowError(ErrorCategory.INVALID_PROMPT, "It says fail"), tokens);
    }
    FinishReason reason = prompt.startsWith("long") ? FinishReason.LENGTH : FinishReason.STOP;
    return new Completion(
        written(prompt, constraint),
        Collections.nCopies(3, 7),
        reason,
        tokens, /* cached */
        1,
        null);
  }

  /** The first choice, or the smallest document of the schema. */
  private String written(String prompt, Constraint constraint) {
    if (contextLength < LONG_CONTEXT && prompt.contains("verbose")) {
      return "word ".repeat(contextLength / 2);
    }
    if (contextLength < LONG_CONTEXT) {
      return "A%08x of this".formatted(prompt.hashCode());
    }
    if (constraint instanceof Constraint.Choices choices) {
      return choices.texts().get(0);
    }
    return constraint instanceof Constraint.JsonSchema schema
        ? FakeJson.of(schema.text())
        : "C(" + prompt + ")";
  }

  @Override
  public int countTokens(String text) {
    return text.split(" ", -1).length;
  }

  @Override
  public ModelSummary model() {
    return new ModelSummary("fake", "Fake", 1, 1, 1, 1, 1, 1, contextLength, "f32", "fake");
  }

  @Override
  public EngineStats stats() {
    return new EngineStats(asked.size(), 0, asked.size(), 0, 0, 0, 0, mostOpen.get(), 0, 0, 0);
  }

  /** Prompts without their order. */
  public List<String> sortedPrompts() {
    return asked.stream().sorted().toList();
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
