package dev.swiftkv.engine.schedule;

import dev.swiftkv.engine.FinishReason;
import dev.swiftkv.engine.SamplingParams;
import dev.swiftkv.kvcache.BlockTable;
import dev.swiftkv.kvcache.PromptBlocks;

/**
 * A prompt and what was generated from it so far.
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
    this.prompt = prompt;
    this.maxNewTokens = maxNewTokens;
    this.sampling = sampling;
    this.noiseSeed = noiseSeed;
    this.owner = owner;
    this.constraintOrNull = constraintOrNull;
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

  PromptBlocks prompt() {
    return prompt;
  }

  boolean isDecoding() {
    return generatedTokens > 0;
  }

  /** Known tokens that are not computed: 1 while decoding. */
  int pendingTokens() {
    return knownTokens() - computedTokens;
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
