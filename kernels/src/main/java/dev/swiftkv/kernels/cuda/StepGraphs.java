package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.Tensor;
import dev.swiftkv.kernels.cuda.RecordedSteps.Recorded;

/**
 * Runs decoding steps from records. A step of n tokens is launched for the next larger bucket of
 * tokens, and attention for the next power of two of splits; the kernels read from the staged batch
 * how many there are and leave out the rest. So one record serves all batches of a bucket, and the
 * driver gets one call instead of some for each layer.
 *
 * <p>The first step of a bucket runs its operations one by one, which allocates all they need; the
 * second is recorded and played; later ones are played. Steps with prompts, and those of more
 * tokens than the largest bucket, are never recorded.
 */
final class StepGraphs {
  private static final int SMALLEST_BUCKET = 8;

  private final CudaDeviceMemory memory;
  private final CudaStream stream;
  private int stepTokens;
  private int bucketTokens;
  private int bucketSplits;
  private boolean fits;

  StepGraphs(CudaDeviceMemory memory, CudaStream stream) {
    this.memory = memory;
    this.stream = stream;
  }

  /** Runs the operations of a step, or plays their record. */
  void run(StagedBatch batch, Runnable operations) {
    int tokenBucket = tokenBucket(batch);
    if (tokenBucket < 0) {
      operations.run();
      return;
    }
    int splitBucket = splitBucket(CudaAttention.splits(batch.decodeContext()));
    Recorded recorded = batch.recorded().at(tokenBucket, splitBucket, memory.releases());
    if (recorded.graphOrNull() == null) {
      begin(batch, tokenBucket, splitBucket);
      batch.checks().noteIn(recorded.limits());
      try {
        record(recorded, operations);
      } finally {
        batch.checks().noteIn(null);
        bucketTokens = 0;
        bucketSplits = 0;
      }
    } else {
      recorded.limits().check(batch.checks());
      recorded.graphOrNull().launch(stream);
    }
  }

  /** Rows that an operation is launched for. */
  int rows(Tensor tensor) {
    return rows(tensor, tensor);
  }

  /** Rows that an operation over two tensors is launched for. */
  int rows(Tensor first, Tensor second) {
    int rows = first.rows();
    if (bucketTokens == 0 || rows != stepTokens) {
      return rows;
    }
    if (hasRoom(first) && hasRoom(second)) {
      return bucketTokens;
    }
    fits = false;
    return rows;
  }

  /** Sequences that decoding attention is launched for, of so many in the step. */
  int decoding(int count) {
    return Math.max(count, bucketTokens);
  }

  /** Splits that decoding attention is launched for, of so many that the step needs. */
  int splits(int needed) {
    return Math.max(needed, bucketSplits);
  }

  private void record(Recorded recorded, Runnable operations) {
    if (recorded.canRecord()) {
      CudaGraph graph = stream.capture(operations);
      recorded.keep(graph);
      graph.launch(stream);
    } else {
      operations.run();
      recorded.ran(fits);
    }
  }

  private void begin(StagedBatch batch, int tokenBucket, int splitBucket) {
    stepTokens = batch.tokens();
    bucketTokens = Math.min(SMALLEST_BUCKET << tokenBucket, batch.mostTokens());
    bucketSplits = 1 << splitBucket;
    fits = true;
  }

  /** Tensors are cut from the activations of the largest step; alone, one ends with its rows. */
  private boolean hasRoom(Tensor tensor) {
    long needed = TiledLayout.bytes(tensor.dtype(), bucketTokens, tensor.columns());
    return memory.bytesFrom(tensor.address()) >= needed;
  }

  /** Which bucket a step belongs to; -1 if it is not one of single tokens, or too large. */
  private static int tokenBucket(StagedBatch batch) {
    if (batch.decodeCount() != batch.tokens() || batch.tokens() == 0) {
      return -1;
    }
    for (int bucket = 0; bucket < RecordedSteps.TOKEN_BUCKETS; bucket++) {
      if (batch.tokens() <= SMALLEST_BUCKET << bucket) {
        return bucket;
      }
    }
    return -1;
  }

  private static int splitBucket(int splits) {
    return Integer.SIZE - Integer.numberOfLeadingZeros(splits - 1);
  }
}
