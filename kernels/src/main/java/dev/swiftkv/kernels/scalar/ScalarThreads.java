package dev.swiftkv.kernels.scalar;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/**
 * A fixed set of threads that share out independent pieces of work. Which thread does which piece
 * is left to chance; no result depends on it, because a piece writes only its own outputs.
 */
final class ScalarThreads implements AutoCloseable {
  private final int helpers;
  private final ExecutorService pool;

  ScalarThreads(int threads) {
    helpers = threads - 1;
    pool =
        Executors.newFixedThreadPool(
            Math.max(1, helpers),
            task -> {
              Thread thread = new Thread(task, "swiftkv-scalar");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Runs {@code piece} for 0 to {@code count - 1} and returns when all are done. */
  void forEach(int count, IntConsumer piece) {
    AtomicInteger next = new AtomicInteger();
    Runnable worker =
        () -> {
          for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
            piece.accept(i);
          }
        };
    List<Future<?>> others = new ArrayList<>();
    for (int i = 0; i < Math.min(helpers, count - 1); i++) {
      others.add(pool.submit(worker));
    }
    try {
      worker.run();
    } finally {
      // Even when this thread's piece failed: the others still use memory that the caller frees.
      others.forEach(ScalarThreads::await);
    }
  }

  @Override
  public void close() {
    pool.shutdown();
  }

  private static void await(Future<?> other) {
    boolean interrupted = false;
    while (true) {
      try {
        other.get();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      } catch (ExecutionException e) {
        if (e.getCause() instanceof RuntimeException failure) {
          throw failure;
        }
        throw new IllegalStateException("A piece of work failed: " + e.getCause(), e.getCause());
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
