package dev.swiftkv.engine.schedule;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.FinishReason;
import dev.swiftkv.engine.RowError;

/** Whoever asked for a sequence. Called on the engine's thread, exactly one ending per sequence. */
public interface SequenceOwner {
  /**
   * A token was generated.
   *
   * @return whether it ends the sequence
   */
  boolean accept(int tokenId);

  /** Some more tokens of the prompt were computed, or found in the prefix cache. */
  default void promptComputed(int tokens) {}

  /** The sequence ended as planned. */
  void finished(FinishReason reason);

  /** This sequence failed; others go on. */
  void failed(RowError error);

  /** The engine can no longer serve. */
  void aborted(EngineException failure);

  /** Whether nobody waits for the answer any more; asked before every step. */
  boolean gaveUp();
}
