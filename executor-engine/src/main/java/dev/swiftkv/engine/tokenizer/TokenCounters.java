package dev.swiftkv.engine.tokenizer;

import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Counts tokens with the tokenizers of checkpoints, without their weights. Each is read once and
 * stays, a few megabytes each. Safe from any thread.
 */
public final class TokenCounters {
  private final ConcurrentMap<Path, Tokenizer> tokenizers = new ConcurrentHashMap<>();

  /** Counters that have read nothing yet. */
  public TokenCounters() {}

  /** Those of this JVM. */
  public static TokenCounters shared() {
    return Shared.COUNTERS;
  }

  /**
   * Tokens of a text as {@link dev.swiftkv.engine.Engine#countTokens} of that model counts them.
   *
   * @param model directory of the checkpoint
   * @throws dev.swiftkv.engine.EngineException MODEL_NOT_FOUND or INVALID_CHECKPOINT if it has no
   *     readable tokenizer
   */
  public int count(Path model, CharSequence text) {
    Path directory = model.toAbsolutePath().normalize();
    return tokenizers.computeIfAbsent(directory, Tokenizer::open).encode(text, true).length;
  }

  /** The one of the JVM, made when it is first asked for. */
  private static final class Shared {
    private static final TokenCounters COUNTERS = new TokenCounters();
  }
}
