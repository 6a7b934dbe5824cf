package dev.swiftkv.engine.runtime;

import dev.swiftkv.engine.EngineStats;
import dev.swiftkv.engine.schedule.Scheduler;
import dev.swiftkv.engine.schedule.StepPlan;
import java.util.concurrent.atomic.AtomicLong;

/** Counts for {@link EngineStats}. Requests are counted by callers, the rest by the engine. */
final class EngineCounters {
  private final AtomicLong requests = new AtomicLong();
  private final AtomicLong failedRequests = new AtomicLong();
  private final AtomicLong steps = new AtomicLong();
  private final AtomicLong promptTokens = new AtomicLong();
  private final AtomicLong cachedTokens = new AtomicLong();
  private final AtomicLong completionTokens = new AtomicLong();
  private final AtomicLong busyNanos = new AtomicLong();
  private final AtomicLong outstandingTokens = new AtomicLong();
  private volatile int largestBatch;
  private volatile int running;
  private volatile int waiting;

  void addRequest() {
    requests.incrementAndGet();
  }

  /** Counts what a request asks for until it has been computed. */
  OutstandingTokens outstanding(long tokens) {
    return new OutstandingTokens(tokens, outstandingTokens);
  }

  void addFailedRequest() {
    failedRequests.incrementAndGet();
  }

  /** Counts a step that ran, before the scheduler books it. */
  void addStep(StepPlan plan, long nanos) {
    steps.incrementAndGet();
    busyNanos.addAndGet(nanos);
    completionTokens.addAndGet(plan.samples());
    largestBatch = Math.max(largestBatch, plan.size());
    for (int i = 0; i < plan.size(); i++) {
      if (plan.sequence(i).generatedTokens() == 0) {
        promptTokens.addAndGet(plan.count(i));
        boolean first = plan.start(i) == plan.sequence(i).cachedTokens();
        cachedTokens.addAndGet(first ? plan.sequence(i).cachedTokens() : 0);
      }
    }
  }

  void setQueues(Scheduler scheduler) {
    running = scheduler.runningCount();
    waiting = scheduler.waitingCount();
  }

  EngineStats snapshot(int inbox) {
    return new EngineStats(
        requests.get(),
        failedRequests.get(),
        steps.get(),
        promptTokens.get(),
        cachedTokens.get(),
        completionTokens.get(),
        busyNanos.get(),
        largestBatch,
        running,
        waiting + inbox,
        outstandingTokens.get());
  }
}
