package dev.swiftkv.engine.forward;

import dev.swiftkv.kernels.RaggedBatch;

/** The rows of a step that go on past the boundary, as a step of their own. */
final class Survivors {
  private Survivors() {}

  /**
   * Fills {@code into} with the rows of {@code batch} that need logits. Sequences without any are
   * left out; a context ends at the sequence's last survivor.
   */
  static void fill(RaggedBatch into, RaggedBatch batch, int blockTokens) {
    into.clear();
    int first = 0;
    while (first < batch.logitCount()) {
      int sequence = sequenceOf(batch, first);
      int end = first + 1;
      while (end < batch.logitCount() && sequenceOf(batch, end) == sequence) {
        end++;
      }
      int context = batch.positions().get(batch.logitRows().get(end - 1)) + 1;
      copyBlocks(into, into.addSequence(context), batch, sequence, (context - 1) / blockTokens + 1);
      for (int i = first; i < end; i++) {
        int row = batch.logitRows().get(i);
        into.addToken(
            batch.tokenIds().get(row), batch.positions().get(row), batch.slots().get(row));
        into.needLogits();
      }
      first = end;
    }
  }

  private static int sequenceOf(RaggedBatch batch, int logitRow) {
    return batch.sequences().get(batch.logitRows().get(logitRow));
  }

  private static void copyBlocks(
      RaggedBatch into, int toSequence, RaggedBatch from, int fromSequence, int blocks) {
    int to = toSequence * into.maxBlocksPerSequence();
    int start = fromSequence * from.maxBlocksPerSequence();
    for (int i = 0; i < blocks; i++) {
      into.blockTables().set(to + i, from.blockTables().get(start + i));
    }
  }
}
