package dev.swiftkv.engine;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;

/** An engine of the registry: loading, loaded or failed. */
final class SharedEngine {
  final EngineConfig config;
  final FutureTask<Engine> loading;

  /** True until somebody got the loaded engine. */
  final AtomicBoolean firstLease = new AtomicBoolean(true);

  /** What its borrowers asked, shared among them. */
  final SharedAnswers answers;

  /** Leases, guarded by the registry's lock. */
  int holders;

  SharedEngine(EngineConfig config, AnswerCache cache, EngineFactory factory) {
    this.config = config;
    answers = new SharedAnswers(cache);
    loading = new FutureTask<>(() -> factory.open(config));
  }

  /**
   * Loads on a thread of its own: the task that asked first may be interrupted, and those that wait
   * for the same engine must not suffer from it.
   */
  void startLoading() {
    Thread thread = new Thread(loading, "swiftkv-load-" + config.model().getFileName());
    thread.setDaemon(true);
    thread.start();
  }

  /** Whether it can serve no one, now or later. */
  boolean failed() {
    if (!loading.isDone()) {
      return false;
    }
    try {
      return !loaded().isServing();
    } catch (ExecutionException e) {
      return true;
    }
  }

  /** What it still has to compute; nothing while it is loading or if it failed. */
  long outstandingTokens() {
    if (!loading.isDone()) {
      return 0;
    }
    try {
      return loaded().stats().outstandingTokens();
    } catch (ExecutionException e) {
      return 0;
    }
  }

  /** As it is now; one that is loading or failed has neither model nor counters. */
  LoadedEngine describe() {
    if (!loading.isDone()) {
      return new LoadedEngine(config, null, null, answers.usage());
    }
    try {
      return new LoadedEngine(config, loaded().model(), loaded().stats(), answers.usage());
    } catch (ExecutionException e) {
      return new LoadedEngine(config, null, null, answers.usage());
    }
  }

  /** Waits for the load and ends the engine. */
  void close() {
    try {
      loaded().close();
    } catch (ExecutionException e) {
      // It never opened: whoever acquired it has been told.
      return;
    }
  }

  private Engine loaded() throws ExecutionException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return loading.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
