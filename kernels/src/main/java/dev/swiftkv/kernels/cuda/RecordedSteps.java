package dev.swiftkv.kernels.cuda;

/**
 * The decoding steps that were recorded for one staged batch: one for each bucket of tokens and of
 * splits of the context. They refer to memory by address, so they go when any is given back.
 */
final class RecordedSteps implements AutoCloseable {
  /** One bucket. */
  static final class Recorded {
    private final BatchLimits limits = new BatchLimits();
    private CudaGraph graphOrNull;
    private boolean ran;
    private boolean refused;

    /** What the batches must keep to that the record is played for. */
    BatchLimits limits() {
      return limits;
    }

    CudaGraph graphOrNull() {
      return graphOrNull;
    }

    /** Whether all that its operations allocate is allocated: they ran once. */
    boolean canRecord() {
      return ran && !refused;
    }

    /** It ran; {@code fits} is false if a tensor had no room for the bucket's padding. */
    void ran(boolean fits) {
      ran = true;
      refused |= !fits;
    }

    void keep(CudaGraph graph) {
      graphOrNull = graph;
    }
  }

  /** Buckets of tokens: 8, 16, … 256. */
  static final int TOKEN_BUCKETS = 6;

  private static final int SPLIT_BUCKETS = 32;

  private final Recorded[] steps = new Recorded[TOKEN_BUCKETS * SPLIT_BUCKETS];
  private long releases;

  /**
   * A bucket's record, empty at first.
   *
   * @param tokenBucket which bucket of tokens
   * @param splitBucket binary logarithm of the splits
   * @param currentReleases how often the device's memory was given back; if that changed, what was
   *     recorded before is forgotten
   */
  Recorded at(int tokenBucket, int splitBucket, long currentReleases) {
    if (releases != currentReleases) {
      close();
      releases = currentReleases;
    }
    int at = tokenBucket * SPLIT_BUCKETS + splitBucket;
    if (steps[at] == null) {
      steps[at] = new Recorded();
    }
    return steps[at];
  }

  /** Forgets everything. */
  @Override
  public void close() {
    for (int i = 0; i < steps.length; i++) {
      if (steps[i] != null && steps[i].graphOrNull != null) {
        steps[i].graphOrNull.close();
      }
      steps[i] = null;
    }
  }
}
