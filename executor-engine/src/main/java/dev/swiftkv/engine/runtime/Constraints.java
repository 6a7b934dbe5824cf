package dev.swiftkv.engine.runtime;

import dev.swiftkv.engine.Constraint;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.constraint.CompiledConstraint;
import dev.swiftkv.engine.constraint.ConstraintCompiler;
import dev.swiftkv.engine.schedule.TokenConstraint;
import dev.swiftkv.engine.tokenizer.TokenBytes;
import java.util.BitSet;
import java.util.concurrent.atomic.AtomicReference;

/** Starts the constraints of requests. The vocabulary is looked at when the first one comes. */
final class Constraints {
  private final TextModel text;
  private final int vocabularySize;
  private final BitSet eosTokens;
  private final AtomicReference<ConstraintCompiler> compiler = new AtomicReference<>();

  Constraints(TextModel text, int vocabularySize, BitSet eosTokens) {
    this.text = text;
    this.vocabularySize = vocabularySize;
    this.eosTokens = eosTokens;
  }

  /**
   * The constraint of one request; null if it has none.
   *
   * @throws EngineException UNSUPPORTED or INVALID_OPTION if it cannot be kept
   */
  TokenConstraint startOrNull(GenerationOptions options) {
    if (options.constraint() instanceof Constraint.None) {
      return null;
    }
    CompiledConstraint compiled = compiler().compile(options.constraint());
    if (compiled.neededTokens() > options.maxTokens()) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "max_tokens %d holds no completion that the constraint allows; the shortest needs %d"
              .formatted(options.maxTokens(), compiled.neededTokens()));
    }
    return compiled.start();
  }

  private ConstraintCompiler compiler() {
    ConstraintCompiler known = compiler.get();
    if (known != null) {
      return known;
    }
    TokenBytes tokens = text.tokenBytes().orElseThrow(Constraints::unknownTokens);
    // Whichever thread is first; masks of one constraint must not be made twice.
    compiler.compareAndSet(
        null, new ConstraintCompiler(tokens, vocabularySize, eosTokens, text::isSpecial));
    return compiler.get();
  }

  private static EngineException unknownTokens() {
    return new EngineException(
        ErrorCategory.UNSUPPORTED,
        "Options choices and json_schema need a tokenizer whose tokens are bytes or word pieces"
            + " with byte fallback; this model has another");
  }
}
