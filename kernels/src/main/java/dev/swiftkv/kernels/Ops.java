package dev.swiftkv.kernels;

import java.util.List;

/**
 * The operations of a decoder, at the grain of fused kernels. Tensors live where the backend keeps
 * them; only token ids, positions, block tables and sampled tokens cross.
 *
 * <p>Letters used below: tokens = {@code batch.tokenCount()}; "compute type" is the dtype of the
 * weights, F32 or BF16. The residual stream {@code x} and every accumulation are F32. In BF16,
 * operands of a matrix product are rounded to BF16 (nearest even) exactly where an argument says
 * "compute type", and nowhere else: bias, rotation, activation and softmax work on the F32 sums,
 * and keys and values are rounded once, as they are written to a BF16 cache. (A backend may round
 * the softmax weights to BF16 for their product with the values.)
 *
 * <p>Contract, checked by {@code OpsContract} over every implementation:
 *
 * <ul>
 *   <li>{@code ScalarOps} is the definition; others agree within the bound the test states.
 *   <li>Batch invariance: row t of a result depends bitwise only on row t of the input (for {@link
 *       #attend}, on the query and its sequence's cache), never on the number or content of other
 *       rows, nor on how a prompt was cut into steps.
 *   <li>Cache slots past a query's position may hold anything, NaN included, and do not show.
 *   <li>Arguments that do not fit are refused before memory is touched, as {@link OpsChecks} says:
 *       tensors whose rows are not the batch's tokens, token ids outside the table, positions past
 *       the rotary table, slots and blocks outside the cache.
 *   <li>No method keeps a reference to a tensor or batch after it returned, but device work may be
 *       pending until {@link #sample}, {@link #awaitSample}, {@link #finish} or a {@link Backend}
 *       download returns.
 * </ul>
 *
 * <p>Scratch memory is the backend's own: allocated once, grown on demand, accounted.
 */
public interface Ops {
  /** Makes the batch's integers visible to the device. Called once after a batch was filled. */
  void stage(RaggedBatch batch);

  /** {@code x[t, :] = table[tokenIds[t], :]}; table [vocab, hidden], x F32 [tokens, hidden]. */
  void embed(WeightMatrix table, RaggedBatch batch, Tensor x);

  /**
   * {@code out[t, :] = x[t, :] * rsqrt(mean(x[t, :]^2) + epsilon) * weight} (Zhang and Sennrich).
   *
   * @param x F32 [tokens, hidden]
   * @param weight F32 [1, hidden]
   * @param out compute type [tokens, hidden]
   */
  void rmsNorm(Tensor x, Tensor weight, float epsilon, Tensor out);

  /**
   * One layer's query, key and value projections: queries are rotated and returned, keys are
   * rotated and written to the token's cache slot, values are written unrotated.
   *
   * @param normed compute type [tokens, hidden]
   * @param qkv rows are all query heads, then all key heads, then all value heads
   * @param queries receives compute type [tokens, heads * headSize]
   */
  void qkv(
      Tensor normed,
      Projection qkv,
      AttentionShape shape,
      RopeTable rope,
      RaggedBatch batch,
      PagedKv cache,
      Tensor queries);

  /** Query projection and rotation alone, for layers whose keys and values came from elsewhere. */
  void queries(
      Tensor normed,
      Projection q,
      AttentionShape shape,
      RopeTable rope,
      RaggedBatch batch,
      Tensor queries);

  /**
   * SwiftKV: keys and values of every later layer from one normed input, in one wide product.
   *
   * @param normed compute type [tokens, hidden]
   * @param laterKv for each cache of {@code caches} in order, its key heads then its value heads
   */
  void laterKv(
      Tensor normed,
      Projection laterKv,
      AttentionShape shape,
      RopeTable rope,
      RaggedBatch batch,
      List<PagedKv> caches);

  /**
   * Causal softmax attention of each query over positions 0..p of its own sequence, read through
   * the block table. Keys of the step itself are already in the cache. KV blocks are walked in
   * order from position 0 in fixed steps (Dao, FlashAttention's online softmax).
   *
   * @param queries compute type [tokens, heads * headSize]
   * @param out receives compute type [tokens, heads * headSize]
   */
  void attend(Tensor queries, AttentionShape shape, PagedKv cache, RaggedBatch batch, Tensor out);

  /** {@code x += input W^T + b}; input compute type [tokens, in], x F32 [tokens, out]. */
  void projectAdd(Tensor input, Projection projection, Tensor x);

  /**
   * SwiGLU feed-forward with residual add (Shazeer): {@code x += down(silu(gate(n)) * up(n))}. The
   * product of gate and up is formed in F32 and rounded once to the compute type.
   *
   * @param normed compute type [tokens, hidden]
   * @param gateUp rows interleaved: row 2i is gate i, row 2i + 1 is up i
   * @param down [hidden, intermediate]
   * @param x F32 [tokens, hidden]
   */
  void gatedFfn(Tensor normed, WeightMatrix gateUp, WeightMatrix down, Tensor x);

  /** {@code out[i, :] = x[logitRows[i], :]}; both F32. */
  void gatherRows(Tensor x, RaggedBatch batch, Tensor out);

  /** {@code logits = normed W^T}; normed compute type [rows, hidden], logits F32 [rows, vocab]. */
  void logits(Tensor normed, WeightMatrix head, Tensor logits);

  /**
   * Chooses a token for each row as {@link SamplingBatch} describes. The logits of penalized rows
   * are changed in place.
   *
   * @param logits F32 [rows, vocab]
   * @param tokens receives {@code sampling.rowCount()} ids
   */
  void sample(Tensor logits, SamplingBatch sampling, int[] tokens);

  /**
   * Starts {@link #sample} and returns while the device works, so that the caller can do something
   * else before {@link #awaitSample}. The sampling batch may be refilled at once.
   *
   * @param tokens holds the ids once {@link #awaitSample} has returned
   */
  default void startSample(Tensor logits, SamplingBatch sampling, int[] tokens) {
    sample(logits, sampling, tokens);
  }

  /** Waits for the sampling that was started last. */
  default void awaitSample() {}

  /** Whether {@link #startSample} returns before the device is done. */
  default boolean runsInBackground() {
    return false;
  }

  /**
   * Runs the operations of one step over a staged batch. A device may record them and play the
   * record for later batches of as many tokens, so with equal token counts {@code operations} must
   * make the same calls with the same tensors, weights and caches, and must not {@link #stage}.
   */
  default void step(RaggedBatch batch, Runnable operations) {
    operations.run();
  }

  /** Waits until every operation called so far is done. */
  default void finish() {}
}
