package dev.swiftkv.engine.runtime;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.Constraint;
import dev.swiftkv.engine.Engine;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.EngineStats;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.ModelSummary;
import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.Request;
import dev.swiftkv.engine.RowError;
import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kvcache.KvCacheManager;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine: tokenizes in the caller's thread, computes on its own.
 *
 * <p>Futures complete on the engine's thread, so what depends on them must be short or run
 * elsewhere. The queue of requests has no bound of its own; callers bound what they keep in flight.
 */
public final class ResidentEngine implements Engine {
  /** Tokens of a block of the KV cache. */
  public static final int KV_BLOCK_TOKENS = KvBudget.BLOCK_TOKENS;

  private static final Logger LOG = LoggerFactory.getLogger(ResidentEngine.class);

  private final EngineParts parts;
  private final PromptEncoder encoder;
  private final LongPrompts longPrompts;
  private final Constraints constraints;
  private final EngineCounters counters = new EngineCounters();
  private final BlockingQueue<EngineMessage> inbox = new LinkedBlockingQueue<>();
  private final EngineLoop loop;
  private final Thread thread;

  // Held for reading while a request enters the inbox, for writing when the engine ends, so that
  // no request enters after the inbox was emptied for good.
  private final ReadWriteLock lifetime = new ReentrantReadWriteLock();
  private EngineException endOrNull;
  private volatile RuntimeException leakOrNull;

  private ResidentEngine(EngineParts parts, Consumer<KvCacheManager> afterStep) {
    this.parts = parts;
    encoder = new PromptEncoder(parts.text(), parts.limits().vocabularySize());
    longPrompts = new LongPrompts(parts.limits());
    constraints = new Constraints(parts.text(), parts.limits().vocabularySize(), parts.eosTokens());
    loop = new EngineLoop(parts, inbox, counters, afterStep);
    thread = new Thread(this::run, "swiftkv-engine-" + parts.config().model().getFileName());
    thread.setDaemon(true);
  }

  /**
   * Loads a model and starts serving it.
   *
   * @throws EngineException if it cannot be served as configured; nothing stays allocated
   */
  public static ResidentEngine open(EngineConfig config) {
    return open(EngineOpener.open(config, LogitsObserver.NONE), cache -> {});
  }

  /**
   * Loads a model and starts serving it on a device that the caller has wrapped, to measure it.
   *
   * @param around gets the device and gives what the model runs on, which owns the device
   */
  public static ResidentEngine open(EngineConfig config, UnaryOperator<Backend> around) {
    return open(EngineOpener.open(config, LogitsObserver.NONE, around), cache -> {});
  }

  static ResidentEngine open(EngineParts parts, Consumer<KvCacheManager> afterStep) {
    ResidentEngine engine = new ResidentEngine(parts, afterStep);
    engine.thread.start();
    return engine;
  }

  @Override
  public CompletableFuture<Completion> submit(Request request) {
    lifetime.readLock().lock();
    try {
      if (endOrNull != null) {
        return CompletableFuture.failedFuture(endOrNull);
      }
      counters.addRequest();
      return accept(request);
    } finally {
      lifetime.readLock().unlock();
    }
  }

  @Override
  public int countTokens(String text) {
    return parts.text().encode(text).length;
  }

  @Override
  public int countTokens(String text, GenerationOptions options) {
    return encoder.encode(new Prompt.Text(text), options.chat()).length;
  }

  @Override
  public ModelSummary model() {
    return parts.summary();
  }

  @Override
  public EngineStats stats() {
    return counters.snapshot(inbox.size());
  }

  @Override
  public boolean isServing() {
    lifetime.readLock().lock();
    try {
      return endOrNull == null;
    } finally {
      lifetime.readLock().unlock();
    }
  }

  /**
   * Ends the engine after the step it is in and waits for that. Open requests fail with {@link
   * ErrorCategory#CANCELLED}.
   *
   * @throws RuntimeException if device memory was not given back
   */
  @Override
  public void close() {
    if (Thread.currentThread().equals(thread)) {
      inbox.add(new EngineMessage.Stop());
      return;
    }
    inbox.add(new EngineMessage.Stop());
    joinThread();
    if (leakOrNull != null) {
      throw leakOrNull;
    }
  }

  private CompletableFuture<Completion> accept(Request request) {
    int promptTokens = 0;
    try {
      int[] ids = encoder.encode(request.prompt(), request.options().chat());
      promptTokens = ids.length;
      OpenRequest open =
          request.continuationOrNull() == null ? generating(ids, request) : scoring(ids, request);
      inbox.add(new EngineMessage.Submitted(open));
      return open.future();
    } catch (EngineException e) {
      return failed(new RowError(e.category(), e.getMessage()), promptTokens);
    } catch (RuntimeException e) {
      LOG.warn("A prompt could not be prepared", e);
      return failed(
          new RowError(
              ErrorCategory.INTERNAL,
              "The prompt could not be prepared: %s; the engine's log has the trace".formatted(e)),
          promptTokens);
    }
  }

  /** A constraint says itself where the completion ends. */
  private static List<String> constrainedStop(GenerationOptions options) {
    return options.constraint() instanceof Constraint.None ? options.stop() : List.of();
  }

  private OpenRequest generating(int[] ids, Request request) {
    GenerationOptions options = request.options();
    return new OpenRequest(
        longPrompts.fit(ids, options),
        options,
        parts.text().newCompletion(constrainedStop(options)),
        parts,
        counters,
        constraints.startOrNull(options));
  }

  /** The continuation takes the place that new tokens would need. */
  private OpenRequest scoring(int[] ids, Request request) {
    int[] continuation = encoder.encodeContinuation(request.continuationOrNull());
    int[] given = longPrompts.fitBefore(continuation, ids, request.options());
    return OpenRequest.scoring(given, continuation, parts, counters);
  }

  private CompletableFuture<Completion> failed(RowError error, int promptTokens) {
    counters.addFailedRequest();
    return CompletableFuture.completedFuture(Completion.failed(error, promptTokens));
  }

  private void run() {
    EngineException end =
        new EngineException(
            ErrorCategory.CANCELLED, "The engine of %s was closed".formatted(name()));
    try {
      loop.serve();
    } catch (InterruptedException e) {
      LOG.info("The engine of {} was interrupted", name());
    } catch (RuntimeException | Error e) {
      // Whatever it is, callers must learn that no answer will come.
      LOG.error("The engine of {} failed; it is opened again when it is next asked for", name(), e);
      end = fatal(e);
    }
    endWith(end);
  }

  private void endWith(EngineException end) {
    lifetime.writeLock().lock();
    try {
      endOrNull = end;
    } finally {
      lifetime.writeLock().unlock();
    }
    try {
      loop.abortAll(end);
    } catch (RuntimeException e) {
      LOG.error("The books of the engine of {} do not balance", name(), e);
    }
    free();
  }

  private void free() {
    parts.text().close();
    try {
      parts.device().close();
      logEnd(stats());
    } catch (Exception e) {
      LOG.error("Closing {} left something behind", name(), e);
      leakOrNull =
          new EngineException(
              ErrorCategory.INTERNAL, "Closing the engine of %s failed".formatted(name()), e);
    }
  }

  private void logEnd(EngineStats stats) {
    LOG.info(
        "Closed {}: {} requests ({} failed); {} prompt tokens computed, {} from the prefix cache,"
            + " {} tokens generated in {} steps and {} ms",
        name(),
        stats.requests(),
        stats.failedRequests(),
        stats.promptTokens(),
        stats.cachedTokens(),
        stats.completionTokens(),
        stats.steps(),
        stats.busyNanos() / 1_000_000);
  }

  private EngineException fatal(Throwable e) {
    ErrorCategory category =
        e instanceof EngineException known ? known.category() : ErrorCategory.INTERNAL;
    return new EngineException(
        category, "The engine of %s failed and serves no more: %s".formatted(name(), e), e);
  }

  private void joinThread() {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private String name() {
    return String.valueOf(parts.config().model());
  }
}
