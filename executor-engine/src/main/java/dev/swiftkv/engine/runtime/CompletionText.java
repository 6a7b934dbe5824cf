package dev.swiftkv.engine.runtime;

/** The text of one completion, growing token by token. */
interface CompletionText {
  /** Adds a token and says whether a stop string appeared. */
  boolean accept(int tokenId);

  /** The text without the stop string. */
  String text();
}
