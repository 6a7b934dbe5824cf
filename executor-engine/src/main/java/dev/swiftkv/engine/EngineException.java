package dev.swiftkv.engine;

/**
 * A failure with its category. The message names the thing, the value, the limit and the remedy.
 */
public final class EngineException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCategory category;

  /** A failure without a cause. */
  public EngineException(ErrorCategory category, String message) {
    super(message);
    this.category = category;
  }

  /** A failure with its cause. */
  public EngineException(ErrorCategory category, String message, Throwable cause) {
    super(message, cause);
    this.category = category;
  }

  /** Whose fault it is. */
  public ErrorCategory category() {
    return category;
  }
}
