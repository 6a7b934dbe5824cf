package dev.swiftkv.kernels;

/**
 * The shape of one step: tokens of many sequences on one flat axis, never padded. Filled by the
 * engine, read by {@link Ops}.
 *
 * <p>Sequence {@code s} owns tokens {@code [queryStarts[s], queryStarts[s + 1])} of the flat axis;
 * they are its last ones, so token {@code t} at position {@code p} attends to positions {@code
 * 0..p} of its own sequence through row {@code s} of the block tables. Example, blocks of 16:
 * sequence 0 decodes its 20th token, sequence 1 prefills 3 tokens from position 0:
 *
 * <pre>
 * tokenIds        [ 7 | 4 5 6]      queryStarts     [0 1 4]
 * positions       [19 | 0 1 2]      contextLengths  [20 3]
 * slots           [.. | ......]     blockTables     [[8 2] [5 -]]
 * sequences       [ 0 | 1 1 1]      logitRows       [0 3]
 * </pre>
 *
 * {@code slots[t] = block * blockTokens + offset} says where the keys and values of token t go.
 */
public final class RaggedBatch implements AutoCloseable {
  private final HostArena arena;
  private final int maxBlocksPerSequence;
  private final IntSlab tokenIds;
  private final IntSlab positions;
  private final IntSlab slots;
  private final IntSlab sequences;
  private final IntSlab queryStarts;
  private final IntSlab contextLengths;
  private final IntSlab blockTables;
  private final IntSlab logitRows;
  private int tokenCount;
  private int sequenceCount;
  private int logitCount;

  /**
   * Allocates room for the largest step.
   *
   * @param maxTokens tokens of a step
   * @param maxSequences sequences of a step
   * @param maxBlocksPerSequence blocks of the longest sequence
   */
  public RaggedBatch(int maxTokens, int maxSequences, int maxBlocksPerSequence) {
    if (maxTokens <= 0 || maxSequences <= 0 || maxBlocksPerSequence <= 0) {
      throw new IllegalArgumentException(
          "A batch needs room: maxTokens %d, maxSequences %d, maxBlocksPerSequence %d"
              .formatted(maxTokens, maxSequences, maxBlocksPerSequence));
    }
    this.maxBlocksPerSequence = maxBlocksPerSequence;
    int tables = Math.multiplyExact(maxSequences, maxBlocksPerSequence);
    arena =
        new HostArena(
            5 * HostArena.bytesFor(maxTokens, Integer.BYTES)
                + 2 * HostArena.bytesFor(maxSequences + 1L, Integer.BYTES)
                + HostArena.bytesFor(tables, Integer.BYTES));
    tokenIds = arena.ints(maxTokens);
    positions = arena.ints(maxTokens);
    slots = arena.ints(maxTokens);
    sequences = arena.ints(maxTokens);
    logitRows = arena.ints(maxTokens);
    queryStarts = arena.ints(maxSequences + 1);
    contextLengths = arena.ints(maxSequences);
    blockTables = arena.ints(tables);
  }

  /** Empties the batch. */
  public void clear() {
    tokenCount = 0;
    sequenceCount = 0;
    logitCount = 0;
    queryStarts.set(0, 0);
  }

  /**
   * Starts the next sequence; its tokens follow.
   *
   * @param contextLength tokens of the sequence up to and with the last one of this step
   * @return the row of {@link #blockTables} to fill from {@code row * maxBlocksPerSequence()}
   * @throws IllegalStateException if the batch holds no more sequences
   */
  public int addSequence(int contextLength) {
    if (sequenceCount == contextLengths.capacity()) {
      throw new IllegalStateException(
          "The batch is full: it holds %d sequences".formatted(contextLengths.capacity()));
    }
    if (contextLength <= 0) {
      throw new IllegalArgumentException(
          "A sequence in a step has at least one token, got contextLength %d"
              .formatted(contextLength));
    }
    contextLengths.set(sequenceCount, contextLength);
    queryStarts.set(++sequenceCount, tokenCount);
    return sequenceCount - 1;
  }

  /**
   * Appends a token to the sequence started last.
   *
   * @throws IllegalStateException if no sequence was started or the batch holds no more tokens
   * @throws IllegalArgumentException if the position lies outside the sequence's context
   */
  public void addToken(int tokenId, int position, int slot) {
    if (sequenceCount == 0) {
      throw new IllegalStateException("Start a sequence before adding its tokens");
    }
    if (tokenCount == tokenIds.capacity()) {
      throw new IllegalStateException(
          "The batch is full: it holds %d tokens".formatted(tokenIds.capacity()));
    }
    int contextLength = contextLengths.get(sequenceCount - 1);
    if (position < 0 || position >= contextLength) {
      throw new IllegalArgumentException(
          "Position %d is outside a context of %d tokens".formatted(position, contextLength));
    }
    tokenIds.set(tokenCount, tokenId);
    positions.set(tokenCount, position);
    slots.set(tokenCount, slot);
    sequences.set(tokenCount, sequenceCount - 1);
    queryStarts.set(sequenceCount, ++tokenCount);
  }

  /**
   * Marks the token appended last as one that needs logits.
   *
   * @throws IllegalStateException if there is none, or it is marked already
   */
  public void needLogits() {
    if (tokenCount == 0 || logitCount > 0 && logitRows.get(logitCount - 1) == tokenCount - 1) {
      throw new IllegalStateException("Logits are needed once per token, after it was added");
    }
    logitRows.set(logitCount++, tokenCount - 1);
  }

  /** Tokens on the flat axis. */
  public int tokenCount() {
    return tokenCount;
  }

  /** Sequences in the step. */
  public int sequenceCount() {
    return sequenceCount;
  }

  /** Tokens that need logits. */
  public int logitCount() {
    return logitCount;
  }

  /** Row stride of {@link #blockTables}. */
  public int maxBlocksPerSequence() {
    return maxBlocksPerSequence;
  }

  /** Token ids, [tokens]. */
  public IntSlab tokenIds() {
    return tokenIds;
  }

  /** Position of each token in its sequence, [tokens]. */
  public IntSlab positions() {
    return positions;
  }

  /** Cache slot of each token, [tokens]. */
  public IntSlab slots() {
    return slots;
  }

  /** Sequence of each token, [tokens]. */
  public IntSlab sequences() {
    return sequences;
  }

  /** First token of each sequence and the end of the last, [sequences + 1]. */
  public IntSlab queryStarts() {
    return queryStarts;
  }

  /** Tokens of each sequence, cached and new, [sequences]. */
  public IntSlab contextLengths() {
    return contextLengths;
  }

  /** Blocks of each sequence in order, [sequences, maxBlocksPerSequence]. */
  public IntSlab blockTables() {
    return blockTables;
  }

  /** Flat index of each token that needs logits, ascending, [logitCount]. */
  public IntSlab logitRows() {
    return logitRows;
  }

  @Override
  public void close() {
    arena.close();
  }
}
