package dev.swiftkv.engine.schedule;

import java.util.Arrays;

/**
 * What one forward pass computes: for each of some sequences, a run of its tokens. Reused from step
 * to step.
 */
public final class StepPlan {
  private final Sequence[] sequences;
  private final int[] counts;
  private int size;
  private int tokens;
  private int samples;
  private final double[] logProbabilities;
  private int logitRows;

  /** An empty plan with room for the largest step: so many sequences, and as many logit rows. */
  public StepPlan(int maxSequences) {
    sequences = new Sequence[maxSequences];
    counts = new int[maxSequences];
    logProbabilities = new double[maxSequences];
  }

  void clear() {
    Arrays.fill(sequences, 0, size, null);
    size = 0;
    tokens = 0;
    samples = 0;
    logitRows = 0;
  }

  void add(Sequence sequence, int count) {
    sequences[size] = sequence;
    counts[size] = count;
    size++;
    tokens += count;
    samples += samplesAfter(size - 1) ? 1 : 0;
    logitRows += sequence.logitRows(count);
  }

  /** Sequences in the step. */
  public int size() {
    return size;
  }

  /** Tokens in the step. */
  public int tokens() {
    return tokens;
  }

  /** Sequences that get a new token from the step. */
  public int samples() {
    return samples;
  }

  /** Tokens whose logits are needed: one for each sample, and those that score a token. */
  public int logitRows() {
    return logitRows;
  }

  /** Logit rows of a sequence; they follow those of the sequences before it. */
  public int logitRows(int index) {
    return sequences[index].logitRows(counts[index]);
  }

  /** Logit rows that the step has still room for. */
  int freeLogitRows() {
    return logProbabilities.length - logitRows;
  }

  /**
   * Token that a scored sequence has after one of its logit rows.
   *
   * @param row of the sequence, from 0
   */
  public int scoredToken(int index, int row) {
    return sequences[index].token(start(index) + counts[index] - logitRows(index) + row + 1);
  }

  /** Notes what the logits of a row, counted over the whole step, say about the token after it. */
  public void setLogProbability(int logitRow, double logProbability) {
    logProbabilities[logitRow] = logProbability;
  }

  /** What was noted for a row. */
  double logProbability(int logitRow) {
    return logProbabilities[logitRow];
  }

  /** A sequence of the step. */
  public Sequence sequence(int index) {
    return sequences[index];
  }

  /** Position of the first token that a sequence computes. */
  public int start(int index) {
    return sequences[index].computedTokens();
  }

  /** Tokens that a sequence computes. */
  public int count(int index) {
    return counts[index];
  }

  /** Whether a sequence computes the last token it knows, and so gets a new one. */
  public boolean samplesAfter(int index) {
    return !sequences[index].isScored() && counts[index] == sequences[index].pendingTokens();
  }
}
