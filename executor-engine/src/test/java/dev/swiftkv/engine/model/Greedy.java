package dev.swiftkv.engine.model;

import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kernels.Tensor;
import dev.swiftkv.kvcache.KvCachePool;
import java.util.Arrays;

/** Greedy decoding of one sequence without an engine. */
final class Greedy {
  private static final int BLOCK_TOKENS = 16;

  private Greedy() {}

  /** The ids that follow a prompt, which is prefilled in chunks. */
  static int[] continuation(LoadedModel model, int[] prompt, int count, int chunkTokens) {
    int blocks = (prompt.length + count) / BLOCK_TOKENS + 1;
    int[] ids = Arrays.copyOf(prompt, prompt.length + count);
    try (CausalLm lm = model.lm(chunkTokens, 1);
        RaggedBatch batch = new RaggedBatch(chunkTokens, 1, blocks);
        KvCachePool pool =
            KvCachePool.allocate(
                model.backend(), lm.kvShape(BLOCK_TOKENS), lm.cacheCount(), blocks)) {
      int done = 0;
      int known = prompt.length;
      while (known < ids.length) {
        int end = Math.min(done + chunkTokens, known);
        fill(batch, ids, done, end, end == known);
        Tensor logits = lm.forward(batch, pool.caches());
        done = end;
        if (logits.rows() == 1) {
          float[] row = new float[logits.columns()];
          model.backend().download(logits, row);
          ids[known++] = argMax(row);
        }
      }
    }
    return Arrays.copyOfRange(ids, prompt.length, ids.length);
  }

  private static void fill(RaggedBatch batch, int[] ids, int first, int end, boolean needLogits) {
    batch.clear();
    int row = batch.addSequence(end) * batch.maxBlocksPerSequence();
    for (int block = 0; block <= (end - 1) / BLOCK_TOKENS; block++) {
      batch.blockTables().set(row + block, block);
    }
    for (int position = first; position < end; position++) {
      batch.addToken(ids[position], position, position);
    }
    if (needLogits) {
      batch.needLogits();
    }
  }

  private static int argMax(float[] row) {
    int best = 0;
    for (int i = 1; i < row.length; i++) {
      best = row[i] > row[best] ? i : best;
    }
    return best;
  }
}
