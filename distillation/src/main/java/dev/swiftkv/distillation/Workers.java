package dev.swiftkv.distillation;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.bytedeco.pytorch.global.torch;

/**
 * Threads that take documents through the models side by side, a document each. An operation runs
 * on one of them alone: its bits do not depend on how many there are, and none waits for another at
 * the end of every operation.
 */
final class Workers implements AutoCloseable {
  private static final long LONGEST_OPERATION_SECONDS = 60;

  private final int count;
  private final ExecutorService threads;

  Workers(int count) {
    this.count = count;
    threads = Executors.newFixedThreadPool(count, Workers::thread);
  }

  private static Thread thread(Runnable tasks) {
    Runnable alone =
        () -> {
          torch.set_num_threads(1);
          tasks.run();
        };
    Thread thread = new Thread(alone, "distillation");
    thread.setDaemon(true);
    return thread;
  }

  int count() {
    return count;
  }

  /** Begins a task as soon as those before it have begun and a thread is free. */
  <T> Future<T> submit(Callable<T> task) {
    return threads.submit(task);
  }

  /** Begins a task for its effect; whoever needs that meets its failure. */
  void prepare(Runnable task) {
    Future<?> unused = threads.submit(task);
  }

  /** What a task came to; its exception where it failed. */
  static <T> T await(Future<T> task) {
    try {
      return task.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a document was learned", e);
    } catch (ExecutionException e) {
      throw unchecked(e.getCause());
    }
  }

  private static RuntimeException unchecked(Throwable cause) {
    Throwable own = cause instanceof CompletionException ? cause.getCause() : cause;
    if (own instanceof Error error) {
      throw error;
    }
    return own instanceof RuntimeException exception ? exception : new IllegalStateException(own);
  }

  /** Drops tasks that have not begun and waits for the others: they use memory of their callers. */
  @Override
  public void close() {
    threads.shutdownNow();
    try {
      if (!threads.awaitTermination(LONGEST_OPERATION_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException(
            "a document was still being learned after " + LONGEST_OPERATION_SECONDS + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
