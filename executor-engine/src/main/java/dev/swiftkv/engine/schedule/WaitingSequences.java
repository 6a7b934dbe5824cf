package dev.swiftkv.engine.schedule;

import dev.swiftkv.kvcache.KvCacheManager;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Sequences in order of arrival. The next one is the one with the longest cached prefix among the
 * first {@value #LOOK_AHEAD}, the earliest among equals; but the earliest of all is passed over at
 * most {@value #MOST_BYPASSES} times, so every sequence has its turn.
 */
final class WaitingSequences {
  static final int LOOK_AHEAD = 64;
  static final int MOST_BYPASSES = 64;

  private final List<Sequence> candidates = new ArrayList<>(LOOK_AHEAD);
  private final ArrayDeque<Sequence> later = new ArrayDeque<>();
  private int bypasses;

  void add(Sequence sequence) {
    later.add(sequence);
  }

  int size() {
    return candidates.size() + later.size();
  }

  boolean isEmpty() {
    return size() == 0;
  }

  /** The sequence whose turn it is, which stays here until {@link #remove}; null if none waits. */
  Sequence next(KvCacheManager cache) {
    refill();
    if (candidates.isEmpty()) {
      return null;
    }
    Sequence earliest = candidates.get(0);
    if (bypasses >= MOST_BYPASSES) {
      return earliest;
    }
    Sequence best = earliest;
    int longest = cache.cachedTokens(best.prompt());
    for (int i = 1; i < candidates.size(); i++) {
      int cached = cache.cachedTokens(candidates.get(i).prompt());
      if (cached > longest) {
        best = candidates.get(i);
        longest = cached;
      }
    }
    return best;
  }

  /** Takes out what {@link #next} returned. */
  void remove(Sequence sequence) {
    int index = candidates.indexOf(sequence);
    bypasses = index == 0 ? 0 : bypasses + 1;
    candidates.remove(index);
  }

  /** Empties the queue. */
  void drain(Consumer<Sequence> into) {
    candidates.forEach(into);
    later.forEach(into);
    candidates.clear();
    later.clear();
  }

  private void refill() {
    if (!candidates.isEmpty() && candidates.get(0).owner().gaveUp()) {
      bypasses = 0;
    }
    candidates.removeIf(sequence -> sequence.owner().gaveUp());
    while (candidates.size() < LOOK_AHEAD && !later.isEmpty()) {
      Sequence sequence = later.poll();
      if (!sequence.owner().gaveUp()) {
        candidates.add(sequence);
      }
    }
  }
}
