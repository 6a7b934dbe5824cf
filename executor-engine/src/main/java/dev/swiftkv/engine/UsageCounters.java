package dev.swiftkv.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;

/** Counts for {@link EngineUsage}. Safe from any thread. */
final class UsageCounters {
  /** Newest errors of a category that are kept. */
  static final int SAMPLES = 3;

  /** Characters of a message that are kept. */
  static final int MESSAGE_CHARACTERS = 500;

  private final LongAdder prompts = new LongAdder();
  private final LongAdder answered = new LongAdder();
  private final LongAdder sharedAnswers = new LongAdder();
  private final LongAdder cachedAnswers = new LongAdder();
  private final LongAdder promptTokens = new LongAdder();
  private final LongAdder cachedTokens = new LongAdder();
  private final LongAdder completionTokens = new LongAdder();
  private final LongAdder truncated = new LongAdder();
  private final ReentrantLock lock = new ReentrantLock();

  /** Guarded by the lock, as is what follows. */
  private final Map<ErrorCategory, Long> failures = new EnumMap<>(ErrorCategory.class);

  private final Map<ErrorCategory, ArrayDeque<ErrorSample>> samples =
      new EnumMap<>(ErrorCategory.class);

  void asked(SharedAnswer.Source source) {
    switch (source) {
      case ENGINE -> prompts.increment();
      case IN_FLIGHT -> sharedAnswers.increment();
      default -> cachedAnswers.increment();
    }
  }

  void answered(Completion completion) {
    answered.increment();
    promptTokens.add(completion.promptTokens());
    cachedTokens.add(completion.cachedTokens());
    completionTokens.add(completion.completionTokens());
    if (completion.finishReason() == FinishReason.LENGTH) {
      truncated.increment();
    }
    if (completion.errorOrNull() != null) {
      failed(completion.errorOrNull());
    }
  }

  /** The engine itself failed; a question that was given up is no failure. */
  void broken(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof CancellationException) {
      return;
    }
    answered.increment();
    failed(
        cause instanceof EngineException engine
            ? new RowError(engine.category(), engine.getMessage())
            : new RowError(ErrorCategory.INTERNAL, cause.toString()));
  }

  void failed(RowError error) {
    String message = String.valueOf(error.message());
    String kept =
        message.length() <= MESSAGE_CHARACTERS
            ? message
            : message.substring(0, MESSAGE_CHARACTERS) + "…";
    ErrorSample sample = new ErrorSample(error.category(), kept, System.currentTimeMillis());
    lock.lock();
    try {
      failures.merge(error.category(), 1L, Long::sum);
      ArrayDeque<ErrorSample> newest =
          samples.computeIfAbsent(error.category(), category -> new ArrayDeque<>());
      if (newest.size() == SAMPLES) {
        newest.removeFirst();
      }
      newest.addLast(sample);
    } finally {
      lock.unlock();
    }
  }

  EngineUsage snapshot() {
    lock.lock();
    try {
      List<ErrorSample> errors = new ArrayList<>();
      samples.values().forEach(errors::addAll);
      return new EngineUsage(
          prompts.sum(),
          answered.sum(),
          sharedAnswers.sum(),
          cachedAnswers.sum(),
          promptTokens.sum(),
          cachedTokens.sum(),
          completionTokens.sum(),
          truncated.sum(),
          failures,
          errors);
    } finally {
      lock.unlock();
    }
  }
}
