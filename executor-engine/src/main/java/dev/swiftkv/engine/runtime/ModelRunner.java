package dev.swiftkv.engine.runtime;

import dev.swiftkv.engine.model.CausalLm;
import dev.swiftkv.engine.schedule.BatchBuilder;
import dev.swiftkv.engine.schedule.Sampler;
import dev.swiftkv.engine.schedule.StepPlan;
import dev.swiftkv.engine.schedule.StepRunner;
import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kernels.Tensor;
import dev.swiftkv.kvcache.KvCachePool;

/**
 * Runs steps on a loaded model: batch, forward pass, sampling, scoring. Allocates nothing per step.
 */
final class ModelRunner implements StepRunner {
  private final Backend backend;
  private final CausalLm lm;
  private final KvCachePool pool;
  private final BatchBuilder builder;
  private final RaggedBatch batch;
  private final Sampler sampler;
  private final LogitsObserver observer;
  private final TokenScorer scorer;
  private Tensor logits;

  /** Borrows everything; whoever opened it closes it. */
  ModelRunner(
      Backend backend,
      CausalLm lm,
      KvCachePool pool,
      BatchBuilder builder,
      RaggedBatch batch,
      Sampler sampler,
      LogitsObserver observer) {
    this.backend = backend;
    this.lm = lm;
    this.pool = pool;
    this.builder = builder;
    this.batch = batch;
    this.sampler = sampler;
    this.observer = observer;
    scorer = new TokenScorer(backend);
  }

  @Override
  public void start(StepPlan plan, int[] sampled) {
    builder.build(plan, batch);
    logits = lm.forward(batch, pool.caches());
    if (plan.samples() > 0) {
      observer.onLogits(plan, backend, logits);
      sampler.start(plan, backend.ops(), logits, sampled);
    }
  }

  @Override
  public void await(StepPlan plan) {
    backend.ops().awaitSample();
    if (plan.logitRows() > plan.samples()) {
      scorer.score(plan, logits);
    }
  }

  @Override
  public boolean runsInBackground() {
    return backend.ops().runsInBackground();
  }
}
