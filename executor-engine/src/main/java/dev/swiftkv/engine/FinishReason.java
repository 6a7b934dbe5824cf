package dev.swiftkv.engine;

/** Why a completion ended. */
public enum FinishReason {
  /** The model chose an end-of-sequence token, or a stop string appeared. */
  STOP,
  /** The limit on new tokens or the model's context was reached. */
  LENGTH,
  /** The row failed; the completion carries the error. */
  ERROR
}
