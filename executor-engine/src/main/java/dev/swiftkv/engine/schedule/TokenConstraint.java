package dev.swiftkv.engine.schedule;

import dev.swiftkv.engine.RowError;

/** What one sequence may still become. Used on the engine's thread alone. */
public interface TokenConstraint {
  /**
   * Tokens that may come next, a bit for each of the model's vocabulary. Asking twice changes
   * nothing, since a step may be done again.
   *
   * @param tokensLeft how many tokens the sequence may still get, this one included
   * @return valid until the next call for any sequence; not to be changed
   */
  long[] allowed(int tokensLeft);

  /**
   * Takes a token that was allowed and ends no sequence.
   *
   * @return whether nothing can follow it
   */
  boolean accept(int tokenId);

  /** Whether the limit on tokens ruled out a token that the constraint would have allowed. */
  boolean wasShortened();

  /** Why the constraint can be kept no longer, so that its sequence fails; null if it can. */
  RowError errorOrNull();
}
