package dev.swiftkv.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.kernels.RaggedBatch;

/**
 * A model without weights: the next token is a hash of all tokens before it. It learns those only
 * through the batch, the way attention does: each token leaves its id in its cache slot, and a
 * query reads positions 0 to its own through the block table. Any slip in plan, batch or cache
 * changes what it says.
 */
public final class PagedOracle implements StepRunner, AutoCloseable {
  public static final int BLOCK_TOKENS = 16;
  public static final int VOCABULARY = 1000;

  private final BatchBuilder builder = new BatchBuilder(BLOCK_TOKENS);
  private final RaggedBatch batch;
  private final int stepTokens;
  private final int[] slots;
  private int largestStep;

  public PagedOracle(int blocks, int stepTokens, int maxSequences, int maxBlocksPerSequence) {
    this.stepTokens = stepTokens;
    batch = new RaggedBatch(stepTokens, maxSequences, maxBlocksPerSequence);
    slots = new int[blocks * BLOCK_TOKENS];
  }

  @Override
  public void start(StepPlan plan, int[] sampled) {
    assertThat(plan.tokens()).isBetween(1, stepTokens);
    largestStep = Math.max(largestStep, plan.tokens());
    builder.build(plan, batch);
    assertThat(batch.tokenCount()).isEqualTo(plan.tokens());
    assertThat(batch.logitCount()).isEqualTo(plan.logitRows());
    for (int token = 0; token < batch.tokenCount(); token++) {
      slots[batch.slots().get(token)] = batch.tokenIds().get(token);
    }
    for (int row = 0; row < batch.logitCount(); row++) {
      sampled[row] = next(batch.logitRows().get(row));
    }
    score(plan, sampled);
  }

  /** A token's log-probability is minus its distance from what must come. */
  private static void score(StepPlan plan, int[] expected) {
    int row = 0;
    for (int i = 0; i < plan.size(); i++) {
      int rows = plan.logitRows(i);
      for (int own = 0; own < rows && plan.sequence(i).isScored(); own++) {
        int distance = Math.abs(expected[row + own] - plan.scoredToken(i, own));
        plan.setLogProbability(row + own, -distance);
      }
      row += rows;
    }
  }

  /** What {@link #start} says about tokens after others, computed without any cache. */
  public static double score(int[] tokens, int givenTokens) {
    double sum = 0;
    for (int length = givenTokens; length < tokens.length; length++) {
      sum -= Math.abs(next(tokens, length) - tokens[length]);
    }
    return sum;
  }

  /** Tokens of the fullest step so far. */
  public int largestStep() {
    return largestStep;
  }

  /** What must come after these tokens, computed without any cache. */
  public static int next(int[] tokens, int length) {
    int hash = 17;
    for (int position = 0; position < length; position++) {
      hash = hash * 31 + tokens[position];
    }
    return Math.floorMod(hash, VOCABULARY);
  }

  @Override
  public void close() {
    batch.close();
  }

  private int next(int token) {
    int table = batch.sequences().get(token) * batch.maxBlocksPerSequence();
    int hash = 17;
    for (int position = 0; position <= batch.positions().get(token); position++) {
      int block = batch.blockTables().get(table + position / BLOCK_TOKENS);
      hash = hash * 31 + slots[block * BLOCK_TOKENS + position % BLOCK_TOKENS];
    }
    return Math.floorMod(hash, VOCABULARY);
  }
}
