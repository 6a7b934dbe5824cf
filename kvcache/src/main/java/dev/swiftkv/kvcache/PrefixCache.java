package dev.swiftkv.kvcache;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Full prompt blocks by the chained hash of their prefix. Blocks that no table holds are idle, in
 * order of last use; the oldest is given up first.
 *
 * <p>A table holds every block before the ones it holds and lets go of its last block first, so the
 * oldest idle block never has a cached successor.
 */
final class PrefixCache {
  private final Map<Long, CachedBlock> byHash = new HashMap<>();
  private final CachedBlock[] byBlock;
  private final BlockList idle;

  PrefixCache(int blocks) {
    byBlock = new CachedBlock[blocks];
    idle = new BlockList(blocks);
  }

  /** The cached blocks that a prompt starts with, at most {@code mostBlocks}. Changes nothing. */
  List<CachedBlock> longestPrefix(PromptBlocks prompt, int mostBlocks) {
    List<CachedBlock> prefix = new ArrayList<>();
    CachedBlock parent = null;
    while (prefix.size() < mostBlocks) {
      CachedBlock found = find(prompt, prefix.size(), parent);
      if (found == null) {
        break;
      }
      prefix.add(found);
      parent = found;
    }
    return prefix;
  }

  /** Counts what {@link #longestPrefix} would find. */
  int longestPrefixLength(PromptBlocks prompt, int mostBlocks) {
    int length = 0;
    CachedBlock parent = null;
    while (length < mostBlocks && (parent = find(prompt, length, parent)) != null) {
      length++;
    }
    return length;
  }

  /** The entry under a prompt's hash, of whatever prefix; null if there is none. */
  CachedBlock sameHash(PromptBlocks prompt, int index) {
    return byHash.get(prompt.hash(index));
  }

  CachedBlock add(PromptBlocks prompt, int index, int block, CachedBlock parentOrNull) {
    CachedBlock entry =
        new CachedBlock(block, prompt.hash(index), parentOrNull, prompt.copyOfBlock(index));
    byHash.put(entry.hash(), entry);
    byBlock[block] = entry;
    return entry;
  }

  /** Notes that a block has a holder again. */
  void use(int block) {
    if (idle.contains(block)) {
      idle.remove(block);
    }
  }

  /** Notes that a cached block lost its last holder. */
  void rest(int block) {
    idle.addLast(block);
  }

  /** Forgets the idle block that was used longest ago. */
  int evictOldest() {
    int block = idle.removeFirst();
    byHash.remove(byBlock[block].hash());
    byBlock[block] = null;
    return block;
  }

  boolean holds(int block) {
    return byBlock[block] != null;
  }

  boolean isIdle(int block) {
    return idle.contains(block);
  }

  CachedBlock entry(int block) {
    return byBlock[block];
  }

  int idleCount() {
    return idle.size();
  }

  int size() {
    return byHash.size();
  }

  private CachedBlock find(PromptBlocks prompt, int index, CachedBlock parentOrNull) {
    CachedBlock found = byHash.get(prompt.hash(index));
    return found != null && found.answers(prompt, index, parentOrNull) ? found : null;
  }
}
