package dev.swiftkv.spark.functions;

import java.io.Serializable;

/**
 * What stands around the texts in a prompt about several of them.
 *
 * @param before the texts
 * @param after the texts
 */
public record PromptFrame(String before, String after) implements Serializable {
  /** The prompt about these texts. */
  public String around(String texts) {
    return before + texts + after;
  }
}
