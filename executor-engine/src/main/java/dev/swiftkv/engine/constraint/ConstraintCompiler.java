package dev.swiftkv.engine.constraint;

import dev.swiftkv.engine.Constraint;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.tokenizer.TokenBytes;
import java.util.BitSet;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntPredicate;

/** Compiles the constraints of one model, each once. Safe from any thread. */
public final class ConstraintCompiler {
  /** Constraints kept; all are forgotten together when there are more. */
  private static final int MOST_CONSTRAINTS = 256;

  /** A compiled constraint, or why there is none. */
  private record Outcome(CompiledConstraint compiledOrNull, EngineException errorOrNull) {}

  private final TokenTrie trie;
  private final TokenBytes tokens;
  private final int vocabularySize;
  private final BitSet eosTokens;
  private final AtomicReference<MaskMemory> memory = new AtomicReference<>(new MaskMemory());
  private final Map<Constraint, Outcome> known = new ConcurrentHashMap<>();

  /**
   * A compiler for one vocabulary.
   *
   * @param tokens what each token writes
   * @param vocabularySize ids of the model
   * @param eosTokens tokens that end a completion
   * @param isSpecial which tokens write nothing
   */
  public ConstraintCompiler(
      TokenBytes tokens, int vocabularySize, BitSet eosTokens, IntPredicate isSpecial) {
    this.trie = TokenTrie.of(tokens, vocabularySize, id -> isSpecial.test(id) || eosTokens.get(id));
    this.tokens = tokens;
    this.vocabularySize = vocabularySize;
    this.eosTokens = eosTokens;
  }

  /**
   * Checks what can be known without a model.
   *
   * @throws EngineException INVALID_OPTION or UNSUPPORTED if no model can keep the constraint
   */
  public static void check(Constraint constraint) {
    CompiledConstraint.check(constraint);
  }

  /**
   * A constraint over the model's tokens.
   *
   * @throws EngineException INVALID_OPTION or UNSUPPORTED if it cannot be kept
   */
  public CompiledConstraint compile(Constraint constraint) {
    if (known.size() > MOST_CONSTRAINTS) {
      known.clear();
      memory.set(new MaskMemory());
    }
    Outcome outcome = known.computeIfAbsent(constraint, this::outcome);
    if (outcome.compiledOrNull != null && outcome.compiledOrNull.isWorn()) {
      // Completions under way keep the old one.
      known.remove(constraint, outcome);
    }
    if (outcome.errorOrNull != null) {
      EngineException error = outcome.errorOrNull;
      throw new EngineException(error.category(), error.getMessage(), error);
    }
    return outcome.compiledOrNull;
  }

  private Outcome outcome(Constraint constraint) {
    try {
      return new Outcome(
          CompiledConstraint.of(constraint, trie, tokens, vocabularySize, eosTokens, memory.get()),
          null);
    } catch (EngineException e) {
      return new Outcome(null, e);
    }
  }
}
