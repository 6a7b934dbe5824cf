package dev.swiftkv.engine;

/** What happens to a prompt that does not fit the model's context together with its completion. */
public enum LongPromptPolicy {
  /** The row fails, naming tokens and limit. */
  ERROR("error"),
  /** Tokens are dropped from the beginning. */
  TRUNCATE_START("truncateStart"),
  /** Tokens are dropped from the middle, as many before as after the cut stay. */
  TRUNCATE_MIDDLE("truncateMiddle"),
  /** Tokens are dropped from the end. */
  TRUNCATE_END("truncateEnd");

  private final String optionValue;

  LongPromptPolicy(String optionValue) {
    this.optionValue = optionValue;
  }

  /** As written in options: {@code error}, {@code truncateStart}, … */
  public String optionValue() {
    return optionValue;
  }
}
