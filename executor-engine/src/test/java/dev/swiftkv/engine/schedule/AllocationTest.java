package dev.swiftkv.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.FinishReason;
import dev.swiftkv.engine.RowError;
import dev.swiftkv.engine.SamplingParams;
import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kvcache.KvCacheManager;
import dev.swiftkv.kvcache.PromptBlocks;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** Planning, batching and booking of decoding steps leave nothing for the garbage collector. */
final class AllocationTest {
  private static final int SEQUENCES = 16;
  private static final int BLOCK_TOKENS = 32;
  private static final int STEPS = 1000;

  /** Wants everything and keeps nothing. */
  private static final class Forgetful implements SequenceOwner {
    @Override
    public boolean accept(int tokenId) {
      return false;
    }

    @Override
    public void finished(FinishReason reason) {
      throw new AssertionError("Ended early: " + reason);
    }

    @Override
    public void failed(RowError error) {
      throw new AssertionError(error.message());
    }

    @Override
    public void aborted(EngineException failure) {
      throw failure;
    }

    @Override
    public boolean gaveUp() {
      return false;
    }
  }

  @Test
  void aDecodingStepAllocatesNothing() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    KvCacheManager cache = new KvCacheManager(4096, BLOCK_TOKENS, true);
    Scheduler scheduler = new Scheduler(cache, 512, 2 * SEQUENCES);
    BatchBuilder builder = new BatchBuilder(BLOCK_TOKENS);
    StepPlan plan = new StepPlan(2 * SEQUENCES);
    int[] sampled = new int[2 * SEQUENCES];
    for (int i = 0; i < SEQUENCES; i++) {
      scheduler.enqueue(
          new Sequence(
              new PromptBlocks(new int[] {i, 1, 2}, BLOCK_TOKENS),
              3 * STEPS,
              SamplingParams.GREEDY,
              0L,
              new Forgetful()));
    }
    try (RaggedBatch batch = new RaggedBatch(512, 2 * SEQUENCES, 256)) {
      // Once to warm up: classes are loaded, code is compiled.
      run(scheduler, builder, plan, batch, sampled);
      long before = threads.getCurrentThreadAllocatedBytes();
      run(scheduler, builder, plan, batch, sampled);
      long allocated = threads.getCurrentThreadAllocatedBytes() - before;
      assertThat(plan.size()).isEqualTo(SEQUENCES);
      // Less than a byte a token leaves room for what the measurement itself allocates.
      assertThat(allocated).isLessThan(STEPS * SEQUENCES);
    }
  }

  private static void run(
      Scheduler scheduler, BatchBuilder builder, StepPlan plan, RaggedBatch batch, int[] sampled) {
    for (int i = 0; i < STEPS; i++) {
      scheduler.plan(plan);
      builder.build(plan, batch);
      scheduler.advance(plan, sampled);
    }
  }
}
