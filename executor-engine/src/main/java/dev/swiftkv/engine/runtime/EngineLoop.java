package dev.swiftkv.engine.runtime;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.RowError;
import dev.swiftkv.engine.schedule.Scheduler;
import dev.swiftkv.engine.schedule.StepPlan;
import dev.swiftkv.engine.schedule.StepRunner;
import dev.swiftkv.kernels.DeviceFailedException;
import dev.swiftkv.kernels.DeviceMemoryException;
import dev.swiftkv.kvcache.KvCacheManager;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cycle of an engine, on its own thread: receive, plan, run, advance.
 *
 * <p>What finished sequences still need (their text, their owners' futures) is done while the
 * device works on the next step. A step that finds no memory is done again in smaller ones. Any
 * other step that fails takes its rows with it and nothing else. The engine ends when it is told
 * to, when the device fails, when its books do not balance, or when {@value #MOST_FAILED_STEPS}
 * steps in a row fail for an unknown reason.
 */
final class EngineLoop {
  private static final Logger LOG = LoggerFactory.getLogger(EngineLoop.class);
  private static final int MOST_FAILED_STEPS = 3;

  private final BlockingQueue<EngineMessage> inbox;
  private final Scheduler scheduler;
  private final KvCacheManager cache;
  private final StepRunner runner;
  private final EngineCounters counters;
  private final Consumer<KvCacheManager> afterStep;
  private final StepPlan plan;
  private final int[] sampled;
  private int failedSteps;

  EngineLoop(
      EngineParts parts,
      BlockingQueue<EngineMessage> inbox,
      EngineCounters counters,
      Consumer<KvCacheManager> afterStep) {
    this.inbox = inbox;
    this.counters = counters;
    this.afterStep = afterStep;
    runner = parts.runner();
    cache =
        new KvCacheManager(
            parts.limits().kvBlocks(),
            parts.limits().kvBlockTokens(),
            parts.config().prefixCache());
    int maxSequences = parts.config().maxSequences();
    scheduler = new Scheduler(cache, parts.config().stepTokens(), maxSequences);
    plan = new StepPlan(maxSequences);
    sampled = new int[maxSequences];
  }

  /** Serves until it is told to stop. */
  void serve() throws InterruptedException {
    while (receive()) {
      scheduler.plan(plan);
      if (plan.size() > 0) {
        step();
      }
      counters.setQueues(scheduler);
    }
  }

  /** Fails everything that is open. */
  void abortAll(EngineException failure) {
    for (EngineMessage message = inbox.poll(); message != null; message = inbox.poll()) {
      if (message instanceof EngineMessage.Submitted submitted) {
        submitted.request().aborted(failure);
      }
    }
    scheduler.abortAll(failure);
    counters.setQueues(scheduler);
  }

  /** Takes everything from the inbox, waiting for it if there is nothing else to do. */
  private boolean receive() throws InterruptedException {
    if (!scheduler.hasWork()) {
      scheduler.deliver();
    }
    EngineMessage message = scheduler.hasWork() ? inbox.poll() : inbox.take();
    while (message != null) {
      if (!(message instanceof EngineMessage.Submitted submitted)) {
        return false;
      }
      scheduler.enqueue(submitted.request().sequence());
      message = inbox.poll();
    }
    return true;
  }

  private void step() {
    long start = System.nanoTime();
    try {
      runner.start(plan, sampled);
      scheduler.deliver();
      runner.await(plan);
    } catch (DeviceMemoryException | OutOfMemoryError e) {
      shrink(e);
      return;
    } catch (DeviceFailedException e) {
      throw new EngineException(ErrorCategory.DEVICE, e.getMessage(), e);
    } catch (RuntimeException e) {
      survive(e);
      return;
    }
    failedSteps = 0;
    counters.addStep(plan, System.nanoTime() - start);
    scheduler.advance(plan, sampled);
    if (!runner.runsInBackground()) {
      scheduler.deliver();
    }
    afterStep.accept(cache);
  }

  private void shrink(Throwable e) {
    if (scheduler.shrink(plan)) {
      LOG.warn(
          "A step of {} tokens ran out of memory ({}); steps have at most {} from now on",
          plan.tokens(),
          e.getMessage(),
          scheduler.stepTokens());
      return;
    }
    LOG.warn("A step of one token ran out of memory; its row fails", e);
    scheduler.fail(plan, new RowError(ErrorCategory.OUT_OF_MEMORY, outOfMemory(e)));
  }

  private void survive(RuntimeException e) {
    ErrorCategory category =
        e instanceof EngineException known ? known.category() : ErrorCategory.INTERNAL;
    if (category == ErrorCategory.DEVICE || ++failedSteps == MOST_FAILED_STEPS) {
      throw e;
    }
    LOG.warn("A step of {} tokens failed; its rows fail", plan.tokens(), e);
    scheduler.fail(
        plan,
        new RowError(
            category,
            "A step of %d sequences and %d tokens failed: %s; the engine's log has the trace"
                .formatted(plan.size(), plan.tokens(), e)));
  }

  private String outOfMemory(Throwable e) {
    return "A step of one token ran out of memory: %s. Lower kvCacheBytes"
        .formatted(e.getMessage());
  }
}
