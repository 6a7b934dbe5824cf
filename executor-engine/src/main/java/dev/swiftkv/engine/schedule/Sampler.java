package dev.swiftkv.engine.schedule;

import dev.swiftkv.engine.SamplingParams;
import dev.swiftkv.kernels.Ops;
import dev.swiftkv.kernels.SamplingBatch;
import dev.swiftkv.kernels.Tensor;

/**
 * Chooses the new tokens of a step. The noise of a row depends on its seed and on the position of
 * the token alone, so a row gets the same answer whatever shares its steps.
 */
public final class Sampler implements AutoCloseable {
  private final int maxRows;
  private SamplingBatch batch;
  private int maxPenalized;
  private int maxAllowedWords;

  /** A sampler for at most {@code maxRows} sequences a step. */
  public Sampler(int maxRows) {
    this.maxRows = maxRows;
    batch = new SamplingBatch(maxRows, 0);
  }

  /**
   * Starts to sample from every logit row of a plan. What comes of rows that score is not used.
   *
   * @param logits F32 [plan.logitRows(), vocabulary], in the order of the plan
   * @param sampled receives the ids until {@link Ops#awaitSample} returns
   */
  public void start(StepPlan plan, Ops ops, Tensor logits, int[] sampled) {
    makeRoom(plan, logits.columns());
    batch.clear();
    for (int i = 0; i < plan.size(); i++) {
      for (int row = 0; row < plan.logitRows(i); row++) {
        add(plan.sequence(i));
      }
    }
    ops.startSample(logits, batch, sampled);
  }

  @Override
  public void close() {
    batch.close();
  }

  private void add(Sequence sequence) {
    SamplingParams params = sequence.sampling();
    batch.add(
        params.temperature(),
        params.topK(),
        params.topP(),
        params.minP(),
        params.repetitionPenalty(),
        sequence.noiseSeed(),
        sequence.knownTokens());
    long[] allowed = sequence.allowedOrNull();
    if (allowed != null) {
      batch.allowOnly(allowed);
    }
    SeenTokens seen = sequence.seenOrNull();
    if (seen != null) {
      for (int i = 0; i < seen.count(); i++) {
        batch.addPenalized(seen.token(i));
      }
    }
  }

  /**
   * Penalties and constraints are rare, so the batch has room for them only once they are asked
   * for.
   */
  private void makeRoom(StepPlan plan, int vocabulary) {
    int penalized = 0;
    int constrained = 0;
    for (int i = 0; i < plan.size(); i++) {
      SeenTokens seen = plan.sequence(i).seenOrNull();
      penalized = Math.addExact(penalized, seen == null ? 0 : seen.count());
      constrained += plan.sequence(i).isConstrained() ? 1 : 0;
    }
    int words = Math.multiplyExact(constrained, (vocabulary + Long.SIZE - 1) / Long.SIZE);
    if (penalized > maxPenalized || words > maxAllowedWords) {
      int roomPenalized = Math.max(maxPenalized, Math.multiplyExact(2, penalized));
      int roomWords = Math.max(maxAllowedWords, Math.multiplyExact(2, words));
      SamplingBatch larger = new SamplingBatch(maxRows, roomPenalized, roomWords);
      batch.close();
      batch = larger;
      maxPenalized = roomPenalized;
      maxAllowedWords = roomWords;
    }
  }
}
