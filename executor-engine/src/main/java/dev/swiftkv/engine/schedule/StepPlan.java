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

  /** An empty plan with room for the largest step. */
  public StepPlan(int maxSequences) {
    sequences = new Sequence[maxSequences];
    counts = new int[maxSequences];
  }

  void clear() {
    Arrays.fill(sequences, 0, size, null);
    size = 0;
    tokens = 0;
    samples = 0;
  }

  void add(Sequence sequence, int count) {
    sequences[size] = sequence;
    counts[size] = count;
    size++;
    tokens += count;
    samples += count == sequence.pendingTokens() ? 1 : 0;
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
    return counts[index] == sequences[index].pendingTokens();
  }
}
