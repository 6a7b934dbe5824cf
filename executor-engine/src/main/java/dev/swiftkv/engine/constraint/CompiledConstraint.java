package dev.swiftkv.engine.constraint;

import dev.swiftkv.engine.Constraint;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.schedule.TokenConstraint;
import dev.swiftkv.engine.tokenizer.TokenBytes;
import java.util.BitSet;

/**
 * A constraint over the vocabulary of a model. Made in any thread; what it starts is used by one.
 */
public final class CompiledConstraint {
  private final ByteState start;
  private final TokenMasks masks;
  private final int neededTokens;
  private final JsonMachine machineOrNull;

  private CompiledConstraint(ByteState start, TokenMasks masks, JsonMachine machineOrNull) {
    this.machineOrNull = machineOrNull;
    this.start = start;
    this.masks = masks;
    neededTokens = masks.tokensToEnd(start);
  }

  /**
   * Compiles a constraint.
   *
   * @throws EngineException INVALID_OPTION or UNSUPPORTED if it cannot be kept
   */
  static CompiledConstraint of(
      Constraint constraint,
      TokenTrie trie,
      TokenBytes tokens,
      int vocabularySize,
      BitSet eosTokens,
      MaskMemory memory) {
    boolean isFinite = constraint instanceof Constraint.Choices;
    if (!isFinite && !trie.spellsEveryByte()) {
      throw new EngineException(
          ErrorCategory.UNSUPPORTED,
          "Option json_schema needs a tokenizer with a token for each byte; this model has another");
    }
    JsonMachine machineOrNull = null;
    ByteState text;
    if (constraint instanceof Constraint.Choices choices) {
      text = ChoiceState.of(choices.texts());
    } else {
      machineOrNull = machineOf(constraint, trie);
      text = machineOrNull.start();
    }
    CompiledConstraint compiled =
        new CompiledConstraint(
            tokens.dropsFirstSpace() ? new OptionalSpace(text) : text,
            new TokenMasks(trie, tokens, vocabularySize, eosTokens, isFinite, memory),
            machineOrNull);
    if (!TokenMasks.isReachable(compiled.neededTokens)) {
      throw new EngineException(
          ErrorCategory.UNSUPPORTED,
          "The tokens of the model can spell none of the completions that the constraint allows");
    }
    return compiled;
  }

  /** Tokens that suffice for some completion. */
  public int neededTokens() {
    return neededTokens;
  }

  /** Whether it has grown so much that it had better be compiled anew for later completions. */
  boolean isWorn() {
    return machineOrNull != null && machineOrNull.isWorn();
  }

  /** The constraint of one completion. */
  public TokenConstraint start() {
    return new Cursor(start, masks);
  }

  private static JsonMachine machineOf(Constraint constraint, TokenTrie trie) {
    try {
      String schema = ((Constraint.JsonSchema) constraint).text();
      JsonMachine machine = new JsonMachine(schema, true, trie.vocabulary());
      if (machine.start() == null) {
        throw new EngineException(
            ErrorCategory.INVALID_OPTION, "No document is valid for json_schema " + schema);
      }
      return machine;
    } catch (Expression.TooLargeException | StackOverflowError e) {
      throw new EngineException(
          ErrorCategory.UNSUPPORTED,
          "Option json_schema is too large to be compiled; use shorter limits and patterns",
          e);
    }
  }

  private static final class Cursor implements TokenConstraint {
    private final TokenMasks masks;
    private ByteState state;
    private boolean wasShortened;

    Cursor(ByteState state, TokenMasks masks) {
      this.state = state;
      this.masks = masks;
    }

    @Override
    public long[] allowed(int tokensLeft) {
      wasShortened |= masks.narrows(state, tokensLeft);
      return masks.allowed(state, tokensLeft);
    }

    @Override
    public boolean accept(int tokenId) {
      state = masks.after(state, tokenId);
      return masks.mustEnd(state);
    }

    @Override
    public boolean wasShortened() {
      return wasShortened;
    }
  }
}
