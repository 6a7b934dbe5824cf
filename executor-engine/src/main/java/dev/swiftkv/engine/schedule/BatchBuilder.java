package dev.swiftkv.engine.schedule;

import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kvcache.BlockTable;

/** Writes a plan down in the form that kernels read. */
public final class BatchBuilder {
  private final int blockTokens;

  /** A builder for caches of this block size. */
  public BatchBuilder(int blockTokens) {
    this.blockTokens = blockTokens;
  }

  /** Replaces the content of a batch by a plan. */
  public void build(StepPlan plan, RaggedBatch batch) {
    batch.clear();
    for (int i = 0; i < plan.size(); i++) {
      Sequence sequence = plan.sequence(i);
      int start = plan.start(i);
      int end = start + plan.count(i);
      int row = batch.addSequence(end);
      copyTable(sequence.table(), end, row, batch);
      for (int position = start; position < end; position++) {
        batch.addToken(sequence.token(position), position, sequence.table().slot(position));
        if (sequence.needsLogits(position)) {
          batch.needLogits();
        }
      }
    }
  }

  private void copyTable(BlockTable table, int contextLength, int row, RaggedBatch batch) {
    int first = row * batch.maxBlocksPerSequence();
    int blocks = (contextLength - 1) / blockTokens + 1;
    for (int i = 0; i < blocks; i++) {
      batch.blockTables().set(first + i, table.block(i));
    }
  }
}
