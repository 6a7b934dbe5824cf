package dev.swiftkv.engine.schedule;

import dev.swiftkv.engine.FinishReason;
import dev.swiftkv.engine.RowError;
import dev.swiftkv.engine.SamplingParams;
import dev.swiftkv.kvcache.BlockTable;
import dev.swiftkv.kvcache.PromptBlocks;

/**
 * A prompt and what was generated from it so far, or a prompt whose end is scored: the
 * log-probability of each of its last tokens, given those before, is summed up.
 *
 * <pre>
 * [0, computedTokens)            keys and values are in the cache
 * [computedTokens, knownTokens)  ids are known, not yet computed: the rest of the prompt, or the
 *                                token sampled last
 * </pre>
 */
public final class Sequence {
  private final PromptBlocks prompt;
  private final int maxNewTokens;
  private final SamplingParams sampling;
  private final long noiseSeed;
  private final SequenceOwner owner;
  private final TokenConstraint constraintOrNull;
  private BlockTable table;
  private int[] generated;
  private int generatedTokens;
  private int computedTokens;
  private int cachedTokens;
  private SeenTokens seenOrNull;

  /** First position whose logits score the token after it; past every position where none does. */
  private final int firstScoring;

  private double logProbability;

  /**
   * A sequence that waits for admission.
   *
   * @param prompt at least one token
   * @param maxNewTokens at least 1
   * @param sampling how tokens are chosen
   * @param noiseSeed seed of the noise, with the row's own prompt mixed in
   * @param owner who is told
   */
  public Sequence(
      PromptBlocks prompt,
      int maxNewTokens,
      SamplingParams sampling,
      long noiseSeed,
      SequenceOwner owner) {
    this(prompt, maxNewTokens, sampling, noiseSeed, owner, null);
  }

  /**
   * A sequence that waits for admission and whose tokens are constrained.
   *
   * @param constraintOrNull what the completion may become; null for anything
   */
  public Sequence(
      PromptBlocks prompt,
      int maxNewTokens,
      SamplingParams sampling,
      long noiseSeed,
      SequenceOwner owner,
      TokenConstraint constraintOrNull) {
    this(prompt, maxNewTokens, sampling, noiseSeed, owner, constraintOrNull, Integer.MAX_VALUE);
  }

  private Sequence(
      PromptBlocks prompt,
      int maxNewTokens,
      SamplingParams sampling,
      long noiseSeed,
      SequenceOwner owner,
      TokenConstraint constraintOrNull,
      int firstScoring) {
    this.prompt = prompt;
    this.maxNewTokens = maxNewTokens;
    this.sampling = sampling;
    this.noiseSeed = noiseSeed;
    this.owner = owner;
    this.constraintOrNull = constraintOrNull;
    this.firstScoring = firstScoring;
  }

  /**
   * A sequence that generates nothing and scores the end of its prompt.
   *
   * @param prompt what is given and what is scored, at least one token each
   * @param givenTokens tokens of the prompt that are given, of which all but the last are reusable
   */
  public static Sequence scored(PromptBlocks prompt, int givenTokens, SequenceOwner owner) {
    return new Sequence(prompt, 0, SamplingParams.GREEDY, 0L, owner, null, givenTokens - 1);
  }

  /** Whether the end of the prompt is scored and nothing generated. */
  public boolean isScored() {
    return firstScoring < Integer.MAX_VALUE;
  }

  /** Tokens of the prompt before those that are scored. */
  public int givenTokens() {
    return firstScoring + 1;
  }

  /** Sum of the natural logarithms of the probabilities of the tokens scored so far. */
  public double logProbability() {
    return logProbability;
  }

  /** Whether the logits at a position are needed: to sample the next token, or to score it. */
  boolean needsLogits(int position) {
    return position >= firstScoring || position == knownTokens() - 1;
  }

  /** Logits needed of the next {@code count} tokens to compute. */
  int logitRows(int count) {
    if (isScored()) {
      return Math.max(0, computedTokens + count - Math.max(computedTokens, firstScoring));
    }
    return count == pendingTokens() ? 1 : 0;
  }

  /** Most of the next tokens that a step with this much room can compute. */
  int fitting(int tokens, int logitRows) {
    int count = Math.min(pendingTokens(), tokens);
    return count - Math.max(0, logitRows(count) - logitRows);
  }

  /** Tokens of the prompt. */
  public int promptTokens() {
    return prompt.length();
  }

  /** Most tokens to generate. */
  public int maxNewTokens() {
    return maxNewTokens;
  }

  /** How tokens are chosen. */
  public SamplingParams sampling() {
    return sampling;
  }

  /** Seed of the noise. */
  public long noiseSeed() {
    return noiseSeed;
  }

  /** Who is told. */
  public SequenceOwner owner() {
    return owner;
  }

  /** Prompt and generated tokens. */
  public int knownTokens() {
    return prompt.length() + generatedTokens;
  }

  /** Tokens generated. */
  public int generatedTokens() {
    return generatedTokens;
  }

  /** Tokens whose keys and values are in the cache. */
  public int computedTokens() {
    return computedTokens;
  }

  /** Prompt tokens that came from the prefix cache. */
  public int cachedTokens() {
    return cachedTokens;
  }

  /** Id at a position below {@link #knownTokens}. */
  public int token(int position) {
    return position < prompt.length()
        ? prompt.token(position)
        : generated[position - prompt.length()];
  }

  /** Blocks of the sequence; null until it is admitted. */
  public BlockTable table() {
    return table;
  }

  /** Distinct tokens of prompt and completion; null where no repetition penalty needs them. */
  SeenTokens seenOrNull() {
    return seenOrNull;
  }

  boolean isConstrained() {
    return constraintOrNull != null;
  }

  /** Tokens that may come next; null for any. */
  long[] allowedOrNull() {
    return constraintOrNull == null
        ? null
        : constraintOrNull.allowed(maxNewTokens - generatedTokens);
  }

  /** Why the sequence must end though nothing else failed; null if it need not. */
  RowError errorOrNull() {
    return constraintOrNull == null ? null : constraintOrNull.errorOrNull();
  }

  PromptBlocks prompt() {
    return prompt;
  }

  boolean isDecoding() {
    return generatedTokens > 0;
  }

  /** Tokens still to compute: 1 while decoding. The last of scored ones predicts nothing needed. */
  int pendingTokens() {
    return knownTokens() - computedTokens - (isScored() ? 1 : 0);
  }

  void admitted(BlockTable blocks, int cached) {
    table = blocks;
    cachedTokens = cached;
    computedTokens = cached;
    owner.promptComputed(cached);
    generated = new int[maxNewTokens];
    if (sampling.repetitionPenalty() != 1f) {
      seenOrNull = new SeenTokens(prompt, maxNewTokens);
    }
  }

  void computed(int tokens) {
    computedTokens += tokens;
    if (!isDecoding()) {
      owner.promptComputed(tokens);
    }
  }

  void addLogProbability(double tokenLogProbability) {
    logProbability += tokenLogProbability;
  }

  /** Adds a sampled token and tells the owner; the reason if it was the last one, else null. */
  FinishReason append(int tokenId) {
    generated[generatedTokens++] = tokenId;
    if (seenOrNull != null) {
      seenOrNull.add(tokenId);
    }
    if (owner.accept(tokenId) || (constraintOrNull != null && constraintOrNull.accept(tokenId))) {
      boolean isShortened = constraintOrNull != null && constraintOrNull.wasShortened();
      return isShortened ? FinishReason.LENGTH : FinishReason.STOP;
    }
    return generatedTokens == maxNewTokens ? FinishReason.LENGTH : null;
  }
}
