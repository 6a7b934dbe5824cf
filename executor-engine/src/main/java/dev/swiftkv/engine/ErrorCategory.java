package dev.swiftkv.engine;

/** Whose fault a failure is, and so what to do about it. */
public enum ErrorCategory {
  /** The prompt of one row: empty, not UTF-8, too long for the model. */
  INVALID_PROMPT,
  /** An option out of range or unknown. */
  INVALID_OPTION,
  /** No model at the path given. */
  MODEL_NOT_FOUND,
  /** A checkpoint that is truncated, lies about its shapes or lacks tensors. */
  INVALID_CHECKPOINT,
  /** An architecture, dtype or tokenizer that this build does not run. */
  UNSUPPORTED,
  /** Device memory, host memory or the KV budget has no room. */
  OUT_OF_MEMORY,
  /** The device failed. */
  DEVICE,
  /** The caller gave up, or the engine was closed. */
  CANCELLED,
  /** A defect of this software. */
  INTERNAL
}
