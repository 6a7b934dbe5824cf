package dev.swiftkv.engine.constraint;

import dev.swiftkv.engine.Constraint;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.RowError;
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
    TokenMasks masks = new TokenMasks(trie, tokens, vocabularySize, eosTokens, isFinite, memory);
    try {
      CompiledConstraint compiled = of(constraint, trie, masks, tokens.dropsFirstSpace());
      if (!TokenMasks.isReachable(compiled.neededTokens)) {
        throw new EngineException(
            ErrorCategory.UNSUPPORTED,
            "The tokens of the model can spell none of the completions that the constraint allows");
      }
      masks.prepare(compiled.start);
      return compiled;
    } catch (Expression.TooLargeException | StackOverflowError e) {
      throw tooLarge(e);
    }
  }

  private static CompiledConstraint of(
      Constraint constraint, TokenTrie trie, TokenMasks masks, boolean dropsFirstSpace) {
    JsonMachine machineOrNull = null;
    ByteState text;
    if (constraint instanceof Constraint.Choices choices) {
      text = ChoiceState.of(choices.texts());
    } else {
      String schema = ((Constraint.JsonSchema) constraint).text();
      machineOrNull = satisfiable(new JsonMachine(schema, true, trie.vocabulary()), schema);
      text = machineOrNull.start();
    }
    return new CompiledConstraint(
        dropsFirstSpace ? new OptionalSpace(text) : text, masks, machineOrNull);
  }

  /** Refuses what no model can keep. */
  static void check(Constraint constraint) {
    if (constraint instanceof Constraint.JsonSchema schema) {
      try {
        satisfiable(new JsonMachine(schema.text(), true), schema.text());
      } catch (Expression.TooLargeException | StackOverflowError e) {
        throw tooLarge(e);
      }
    }
  }

  private static JsonMachine satisfiable(JsonMachine machine, String schema) {
    if (machine.start() == null) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION, "No document is valid for json_schema " + schema);
    }
    return machine;
  }

  private static EngineException tooLarge(Throwable cause) {
    return new EngineException(
        ErrorCategory.UNSUPPORTED,
        "Option json_schema is too large to be compiled; use shorter limits and patterns",
        cause);
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

  private static final class Cursor implements TokenConstraint {
    private final TokenMasks masks;
    private ByteState state;
    private boolean wasShortened;
    private RowError errorOrNull;

    Cursor(ByteState state, TokenMasks masks) {
      this.state = state;
      this.masks = masks;
    }

    @Override
    public long[] allowed(int tokensLeft) {
      if (errorOrNull == null) {
        try {
          wasShortened |= masks.narrows(state, tokensLeft);
          return masks.allowed(state, tokensLeft);
        } catch (RuntimeException | StackOverflowError e) {
          errorOrNull = error(e);
        }
      }
      return masks.onlyEnd();
    }

    @Override
    public boolean accept(int tokenId) {
      if (errorOrNull == null) {
        try {
          state = masks.after(state, tokenId);
          return masks.mustEnd(state);
        } catch (RuntimeException | StackOverflowError e) {
          errorOrNull = error(e);
        }
      }
      return true;
    }

    @Override
    public RowError errorOrNull() {
      return errorOrNull;
    }

    private static RowError error(Throwable e) {
      boolean isTooLarge =
          e instanceof Expression.TooLargeException || e instanceof StackOverflowError;
      return isTooLarge
          ? new RowError(
              ErrorCategory.UNSUPPORTED,
              "The completion needs more states of json_schema than are kept;"
                  + " lower max_tokens, or limit lengths and depths in the schema")
          : new RowError(
              ErrorCategory.INTERNAL,
              "Option json_schema could not be kept: %s; please report it".formatted(e));
    }

    @Override
    public boolean wasShortened() {
      return wasShortened;
    }
  }
}
