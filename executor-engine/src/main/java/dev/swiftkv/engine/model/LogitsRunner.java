package dev.swiftkv.engine.model;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.config.ModelConfig;
import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kernels.Tensor;
import dev.swiftkv.kvcache.KvCachePool;
import java.util.Arrays;

/**
 * Logits at every position of one token sequence, by the same forward pass that generates, for
 * comparing with a reference implementation.
 */
public final class LogitsRunner {
  private static final int BLOCK_TOKENS = 32;

  private LogitsRunner() {}

  /**
   * Runs a sequence in chunks.
   *
   * @param tokenIds at least one, within the vocabulary and the context length
   * @param chunkTokens tokens of one step, at least 1; does not change the result
   * @return logits [tokens][vocab]
   * @throws EngineException INVALID_PROMPT naming the token or the length that does not fit
   */
  public static float[][] run(LoadedModel model, int[] tokenIds, int chunkTokens) {
    check(model.config(), tokenIds);
    int blocks = (tokenIds.length - 1) / BLOCK_TOKENS + 1;
    int step = Math.min(chunkTokens, tokenIds.length);
    float[][] logits = new float[tokenIds.length][];
    try (CausalLm lm = model.lm(step, step);
        RaggedBatch batch = new RaggedBatch(step, 1, blocks);
        KvCachePool pool =
            KvCachePool.allocate(
                model.backend(), lm.kvShape(BLOCK_TOKENS), lm.cacheCount(), blocks)) {
      for (int first = 0; first < tokenIds.length; first += step) {
        int end = Math.min(first + step, tokenIds.length);
        fill(batch, tokenIds, first, end);
        read(model, lm.forward(batch, pool.caches()), logits, first);
      }
    }
    return logits;
  }

  private static void fill(RaggedBatch batch, int[] tokenIds, int first, int end) {
    batch.clear();
    int row = batch.addSequence(end) * batch.maxBlocksPerSequence();
    for (int block = 0; block <= (end - 1) / BLOCK_TOKENS; block++) {
      batch.blockTables().set(row + block, block);
    }
    for (int position = first; position < end; position++) {
      batch.addToken(tokenIds[position], position, position);
      batch.needLogits();
    }
  }

  private static void read(LoadedModel model, Tensor from, float[][] logits, int first) {
    float[] row = new float[from.columns()];
    for (int i = 0; i < from.rows(); i++) {
      model.backend().download(from.slice(i, 1), row);
      logits[first + i] = Arrays.copyOf(row, row.length);
    }
  }

  private static void check(ModelConfig config, int[] tokenIds) {
    if (tokenIds.length == 0 || tokenIds.length > config.contextLength()) {
      throw new EngineException(
          ErrorCategory.INVALID_PROMPT,
          "Logits need 1 to %d tokens, the model's context length, got %d"
              .formatted(config.contextLength(), tokenIds.length));
    }
    for (int id : tokenIds) {
      if (id < 0 || id >= config.vocabularySize()) {
        throw new EngineException(
            ErrorCategory.INVALID_PROMPT,
            "Token id %d is outside the model's vocabulary of %d"
                .formatted(id, config.vocabularySize()));
      }
    }
  }
}
