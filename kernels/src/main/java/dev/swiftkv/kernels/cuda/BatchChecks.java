package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.IntSlab;
import dev.swiftkv.kernels.OpsChecks;
import dev.swiftkv.kernels.PagedKv;
import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kernels.RopeTable;
import dev.swiftkv.kernels.WeightMatrix;

/**
 * The checks of {@link OpsChecks} on a batch's integers. They are walked through once, when the
 * batch is staged; after that, the many layers of a step compare the extremes alone.
 */
final class BatchChecks {
  private RaggedBatch batch;
  private boolean anyNegative;
  private int largestToken;
  private int largestPosition;
  private int largestSlot;
  private int checkedBlocks;
  private int checkedBlockTokens;
  private BatchLimits limitsOrNull;

  /** Takes up a batch that was just filled. */
  void take(RaggedBatch filled) {
    batch = filled;
    largestToken = largest(filled.tokenIds(), filled.tokenCount());
    largestPosition = largest(filled.positions(), filled.tokenCount());
    largestSlot = largest(filled.slots(), filled.tokenCount());
    anyNegative =
        smallest(filled.tokenIds(), filled.tokenCount()) < 0
            || smallest(filled.slots(), filled.tokenCount()) < 0;
    checkedBlocks = 0;
  }

  /** Lets the checks from now on be noted, for a record that is made; null ends that. */
  void noteIn(BatchLimits limits) {
    limitsOrNull = limits;
  }

  void tokenIds(WeightMatrix table) {
    if (limitsOrNull != null) {
      limitsOrNull.addTable(table);
    }
    if (anyNegative || largestToken >= table.rows()) {
      for (int token = 0; token < batch.tokenCount(); token++) {
        OpsChecks.index("Token id", batch.tokenIds().get(token), table.rows());
      }
    }
  }

  void positions(RopeTable rope) {
    if (limitsOrNull != null) {
      limitsOrNull.addRope(rope);
    }
    if (largestPosition >= rope.positions()) {
      OpsChecks.positions(rope, batch);
    }
  }

  void slots(PagedKv cache) {
    if (limitsOrNull != null) {
      limitsOrNull.addWritten(cache);
    }
    if (anyNegative || largestSlot >= (long) cache.blocks() * cache.shape().blockTokens()) {
      OpsChecks.slots(cache, batch);
    }
  }

  void blockTables(PagedKv cache) {
    if (limitsOrNull != null) {
      limitsOrNull.addRead(cache);
    }
    if (checkedBlocks > 0
        && cache.blocks() >= checkedBlocks
        && cache.shape().blockTokens() == checkedBlockTokens) {
      return;
    }
    OpsChecks.blockTables(cache, batch);
    checkedBlocks = cache.blocks();
    checkedBlockTokens = cache.shape().blockTokens();
  }

  private static int largest(IntSlab values, int count) {
    int largest = -1;
    for (int i = 0; i < count; i++) {
      largest = Math.max(largest, values.get(i));
    }
    return largest;
  }

  private static int smallest(IntSlab values, int count) {
    int smallest = 0;
    for (int i = 0; i < count; i++) {
      smallest = Math.min(smallest, values.get(i));
    }
    return smallest;
  }
}
