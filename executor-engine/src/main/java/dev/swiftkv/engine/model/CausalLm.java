package dev.swiftkv.engine.model;

import dev.swiftkv.kernels.KvShape;
import dev.swiftkv.kernels.PagedKv;
import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kernels.Tensor;
import java.util.List;

/**
 * A language model with room for steps of a fixed largest size. Confined to one thread; closed
 * before its {@link LoadedModel}.
 */
public interface CausalLm extends AutoCloseable {
  /** Caches that a step needs: one per layer, fewer with AcrossKV. */
  int cacheCount();

  /** What one block of one cache holds. */
  KvShape kvShape(int blockTokens);

  /**
   * Runs one step. Keys and values of every token reach every cache; only rows that need logits
   * pass the later layers of a SwiftKV model.
   *
   * @param batch filled by the caller; staged here
   * @param caches {@link #cacheCount} of them
   * @return F32 [batch.logitCount(), vocab], valid until the next step
   * @throws IllegalArgumentException if the step is larger than there is room for
   */
  Tensor forward(RaggedBatch batch, List<PagedKv> caches);

  /**
   * Runs one step with every row through every layer, as a check of {@link #forward}.
   *
   * @return as {@link #forward}
   */
  Tensor forwardFullDepth(RaggedBatch batch, List<PagedKv> caches);

  /** Device bytes of activations. */
  long activationBytes();

  /** Frees the activations. Closing twice is harmless. */
  @Override
  void close();
}
