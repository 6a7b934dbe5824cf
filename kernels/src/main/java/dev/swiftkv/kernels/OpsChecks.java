package dev.swiftkv.kernels;

/** The checks that every implementation of {@link Ops} makes before it touches memory. */
public final class OpsChecks {
  private OpsChecks() {}

  /** A tensor must have this type and shape. */
  public static void shape(String what, Tensor tensor, DType dtype, int rows, int columns) {
    if (tensor.dtype() != dtype || tensor.rows() != rows || tensor.columns() != columns) {
      throw new IllegalArgumentException(
          "%s must be %s [%d, %d], got %s [%d, %d]"
              .formatted(
                  what, dtype, rows, columns, tensor.dtype(), tensor.rows(), tensor.columns()));
    }
  }

  /** {@code x W^T} must be defined, with x in the weight's type, and have {@code rows} columns. */
  public static void product(Tensor x, WeightMatrix weight, int rows) {
    if (x.dtype() != weight.dtype() || x.columns() != weight.columns()) {
      // The name is made here only: this runs for every product of every step.
      shape("Input of " + weight.name(), x, weight.dtype(), x.rows(), weight.columns());
    }
    if (weight.rows() != rows) {
      throw new IllegalArgumentException(
          "Weight %s must have %d rows, got %d".formatted(weight.name(), rows, weight.rows()));
    }
  }

  /** A step's tensor must have one row per token of the batch. */
  public static void tokens(String what, Tensor tensor, RaggedBatch batch) {
    if (tensor.rows() != batch.tokenCount()) {
      throw new IllegalArgumentException(
          "%s has %d rows; the batch has %d tokens"
              .formatted(what, tensor.rows(), batch.tokenCount()));
    }
  }

  /** A cache must hold heads of this shape. */
  public static void cache(PagedKv cache, AttentionShape shape) {
    KvShape kv = cache.shape();
    if (kv.kvHeads() != shape.kvHeads() || kv.headSize() != shape.headSize()) {
      throw new IllegalArgumentException(
          "The KV cache holds %d heads of size %d; attention needs %d of size %d"
              .formatted(kv.kvHeads(), kv.headSize(), shape.kvHeads(), shape.headSize()));
    }
  }

  /** A rotary table must fit the heads. */
  public static void rope(RopeTable rope, AttentionShape shape) {
    if (rope.cosine().columns() != shape.headSize() / 2) {
      throw new IllegalArgumentException(
          "A rotary table for heads of size %d has %d columns, got %d"
              .formatted(shape.headSize(), shape.headSize() / 2, rope.cosine().columns()));
    }
  }

  /** Every position of a step must be in the rotary table. */
  public static void positions(RopeTable rope, RaggedBatch batch) {
    for (int token = 0; token < batch.tokenCount(); token++) {
      index("Position", batch.positions().get(token), rope.positions());
    }
  }

  /** Every slot of a step must be in the cache. */
  public static void slots(PagedKv cache, RaggedBatch batch) {
    int slots = Math.multiplyExact(cache.blocks(), cache.shape().blockTokens());
    for (int token = 0; token < batch.tokenCount(); token++) {
      index("KV slot", batch.slots().get(token), slots);
    }
  }

  /** The blocks that hold the context of each sequence must be in the cache. */
  public static void blockTables(PagedKv cache, RaggedBatch batch) {
    for (int sequence = 0; sequence < batch.sequenceCount(); sequence++) {
      int context = batch.contextLengths().get(sequence);
      int blocks = (context - 1) / cache.shape().blockTokens() + 1;
      if (blocks > batch.maxBlocksPerSequence()) {
        throw new IllegalArgumentException(
            "A context of %d tokens needs %d blocks; the batch has room for %d per sequence"
                .formatted(context, blocks, batch.maxBlocksPerSequence()));
      }
      int row = sequence * batch.maxBlocksPerSequence();
      for (int i = 0; i < blocks; i++) {
        index("KV block", batch.blockTables().get(row + i), cache.blocks());
      }
    }
  }

  /** Every row that a batch gathers must be there, and there must be room for all. */
  public static void gatheredRows(Tensor x, RaggedBatch batch, Tensor out) {
    shape("Rows to gather from", x, DType.F32, x.rows(), x.columns());
    shape("Gathered rows", out, DType.F32, batch.logitCount(), x.columns());
    for (int row = 0; row < batch.logitCount(); row++) {
      index("Logit row", batch.logitRows().get(row), x.rows());
    }
  }

  /**
   * There must be logits and room for every row, penalized tokens must be in the vocabulary, and
   * there must be a bit for each token of it where a row has allowed ones.
   */
  public static void sampling(Tensor logits, SamplingBatch sampling, int[] tokens) {
    int rows = sampling.rowCount();
    shape("Logits", logits, DType.F32, rows, logits.columns());
    if (tokens.length < rows) {
      throw new IllegalArgumentException(
          "An array of %d tokens does not hold those of %d rows".formatted(tokens.length, rows));
    }
    int penalized = rows == 0 ? 0 : sampling.penalizedStarts().get(rows);
    for (int i = 0; i < penalized; i++) {
      index("Penalized token", sampling.penalizedTokens().get(i), logits.columns());
    }
    if (sampling.allowedWordCount() > 0) {
      allowedTokens(sampling, logits.columns());
    }
  }

  private static void allowedTokens(SamplingBatch sampling, int vocabulary) {
    int words = (vocabulary + Long.SIZE - 1) / Long.SIZE;
    if (sampling.allowedWordsPerRow() != words) {
      throw new IllegalArgumentException(
          "Allowed tokens of a row have %d words; a vocabulary of %d tokens has %d"
              .formatted(sampling.allowedWordsPerRow(), vocabulary, words));
    }
    for (int row = 0; row < sampling.rowCount(); row++) {
      index("Allowed token", sampling.firstAllowed().get(row), vocabulary);
    }
  }

  /** An index must be in [0, limit). */
  public static int index(String what, int index, int limit) {
    if (index < 0 || index >= limit) {
      throw new IndexOutOfBoundsException("%s %d is outside [0, %d)".formatted(what, index, limit));
    }
    return index;
  }
}
