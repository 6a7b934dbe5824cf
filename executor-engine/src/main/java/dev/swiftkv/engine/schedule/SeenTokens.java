package dev.swiftkv.engine.schedule;

import dev.swiftkv.kvcache.PromptBlocks;
import java.util.BitSet;

/** The distinct tokens of a sequence in order of first appearance, for the repetition penalty. */
final class SeenTokens {
  private final BitSet seen = new BitSet();
  private final int[] distinct;
  private int count;

  SeenTokens(PromptBlocks prompt, int maxNewTokens) {
    distinct = new int[prompt.length() + maxNewTokens];
    for (int position = 0; position < prompt.length(); position++) {
      add(prompt.token(position));
    }
  }

  void add(int tokenId) {
    if (!seen.get(tokenId)) {
      seen.set(tokenId);
      distinct[count++] = tokenId;
    }
  }

  int count() {
    return count;
  }

  int token(int index) {
    return distinct[index];
  }
}
