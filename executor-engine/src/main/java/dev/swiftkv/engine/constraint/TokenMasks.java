package dev.swiftkv.engine.constraint;

import dev.swiftkv.engine.tokenizer.TokenBytes;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The tokens that may follow each place of a language, found when first asked for. For one thread.
 *
 * <p>Near the limit on tokens, only those are left after which an end can still be reached: a place
 * needs at most as many tokens as its nearest end has bytes, or fewer if longer tokens spell it.
 */
final class TokenMasks {
  /** What one place allows; the state after each token is at most so many bytes from its end. */
  private record Mask(long[] bits, int mostBytesToEnd, boolean anyToken) {}

  private record Near(ByteState state, int tokensLeft) {}

  /** Places whose distance is kept; all are forgotten together when there are more. */
  private static final int MOST_DISTANCES = 16_384;

  /** Bytes by which the ends of places that are followed by the same tokens may differ. */
  private static final int SLACK_BYTES = 16;

  /** Bytes in the order they are tried on the way to an end: those that close something first. */
  private static final int[] ORDER =
      IntStream.concat("}]\":".chars(), IntStream.range(0, 256).map(value -> 255 - value))
          .distinct()
          .toArray();

  /** Masks found before a constraint is used. */
  private static final int MOST_PREPARED = 32;

  private static final int UNREACHABLE = Integer.MAX_VALUE / 2;

  private final TokenTrie trie;
  private final TokenBytes tokens;
  private final int words;
  private final BitSet eosTokens;
  private final boolean isFinite;
  private final MaskMemory memory;
  private final Map<Object, Mask> masks = new HashMap<>();
  private final Map<Near, Mask> nearMasks = new HashMap<>();
  private final Map<ByteState, Integer> tokensToEnd = new IdentityHashMap<>();

  /**
   * Masks over one vocabulary.
   *
   * @param eosTokens allowed exactly where the text may end
   * @param isFinite whether the language is a tree, where the fewest tokens to an end can be found
   * @param memory what all masks of the model may take together
   */
  TokenMasks(
      TokenTrie trie,
      TokenBytes tokens,
      int vocabularySize,
      BitSet eosTokens,
      boolean isFinite,
      MaskMemory memory) {
    this.trie = trie;
    this.tokens = tokens;
    words = (vocabularySize + Long.SIZE - 1) / Long.SIZE;
    this.eosTokens = eosTokens.get(0, vocabularySize);
    this.isFinite = isFinite;
    this.memory = memory;
  }

  /** Tokens that may follow a place if so many are left, the next one included. */
  long[] allowed(ByteState state, int tokensLeft) {
    Mask mask = mask(state);
    return isNarrow(mask, tokensLeft) ? narrow(state, tokensLeft).bits : mask.bits;
  }

  /** Whether fewer tokens are allowed because so few are left. */
  boolean narrows(ByteState state, int tokensLeft) {
    Mask mask = mask(state);
    return isNarrow(mask, tokensLeft) && !Arrays.equals(mask.bits, narrow(state, tokensLeft).bits);
  }

  /** The place after a token that was allowed. */
  ByteState after(ByteState state, int tokenId) {
    ByteState at = state;
    for (int i = 0; i < tokens.length(tokenId) && at != null; i++) {
      at = at.next(tokens.value(tokenId, i));
    }
    if (at == null) {
      throw new IllegalStateException("Token %d was not allowed".formatted(tokenId));
    }
    return at;
  }

  /** Whether nothing but an end can follow. */
  boolean mustEnd(ByteState state) {
    return state.mayEnd() && !mask(state).anyToken;
  }

  /** Only the tokens that end a completion; the first token of all where there are none. */
  long[] onlyEnd() {
    long[] bits = Arrays.copyOf(eosTokens.toLongArray(), words);
    bits[0] |= eosTokens.isEmpty() ? 1 : 0;
    return bits;
  }

  /** Finds the masks on the way to the nearest end, so that the first completion need not. */
  void prepare(ByteState start) {
    ByteState at = start;
    byte[] way = isFinite ? new byte[0] : way(start);
    for (int from = 0, masked = 0; from < way.length && masked < MOST_PREPARED; masked++) {
      mask(at);
      int end = from + 1;
      int node = trie.child(0, way[from] & 0xFF);
      for (int to = from + 1; to < way.length && node >= 0; to++) {
        node = trie.child(node, way[to] & 0xFF);
        end = node >= 0 && trie.firstToken(node) >= 0 ? to + 1 : end;
      }
      for (; from < end; from++) {
        at = at.next(way[from] & 0xFF);
      }
    }
  }

  /** Tokens that suffice to reach an end; at least {@link #UNREACHABLE} if none can be reached. */
  int tokensToEnd(ByteState state) {
    Integer known = tokensToEnd.get(state);
    if (known == null) {
      if (tokensToEnd.size() > MOST_DISTANCES && !isFinite) {
        tokensToEnd.clear();
      }
      known = state.mayEnd() ? 0 : isFinite ? fewest(state, 0) : spelled(state);
      tokensToEnd.put(state, known);
    }
    return known;
  }

  static boolean isReachable(int tokens) {
    return tokens < UNREACHABLE;
  }

  private boolean isNarrow(Mask mask, int tokensLeft) {
    return isFinite || mask.mostBytesToEnd + SLACK_BYTES > tokensLeft - 1;
  }

  private Mask mask(ByteState state) {
    Object key = state.sameTokens();
    Mask mask = masks.get(key);
    if (mask == null) {
      mask = walk(state, UNREACHABLE);
      makeRoom();
      masks.put(key, mask);
    }
    return mask;
  }

  private Mask narrow(ByteState state, int tokensLeft) {
    Near near = new Near(state, tokensLeft);
    Mask mask = nearMasks.get(near);
    if (mask == null) {
      mask = walk(state, tokensLeft - 1);
      makeRoom();
      nearMasks.put(near, mask);
    }
    return mask;
  }

  /** Forgets all masks of this constraint where there is no room for another. */
  private void makeRoom() {
    if (!memory.take((long) words * Long.BYTES)) {
      memory.give((long) (masks.size() + nearMasks.size()) * words * Long.BYTES);
      masks.clear();
      nearMasks.clear();
    }
  }

  private Mask walk(ByteState state, int mostTokensAfter) {
    Walk walk = new Walk(new long[words], mostTokensAfter);
    boolean isNear = mostTokensAfter < UNREACHABLE;
    if (isNear && state.freeCharacters() == Integer.MAX_VALUE && !state.isSteady()) {
      walk.nearest(state);
    } else {
      walk.below(0, 0, state, -1);
    }
    if (state.mayEnd()) {
      eosTokens.stream().forEach(id -> walk.bits[id / Long.SIZE] |= 1L << id);
    }
    return new Mask(walk.bits, walk.mostBytesToEnd, walk.anyToken);
  }

  /** One pass over the tree of tokens. */
  private final class Walk {
    private final long[] bits;
    private final int mostTokensAfter;
    private int mostBytesToEnd;
    private boolean anyToken;

    Walk(long[] bits, int mostTokensAfter) {
      this.bits = bits;
      this.mostTokensAfter = mostTokensAfter;
    }

    /**
     * Looks at the tokens below a node.
     *
     * @param freeFrom from which depth on plain tokens have been decided; -1 if they have not
     */
    void below(int node, int depth, ByteState state, int freeFrom) {
      int decided = freeFrom;
      int free = state.freeCharacters();
      if (decided < 0 && free > 0 && mayTakeAll(state)) {
        decided = depth;
        if (trie.allowPlain(node, depth, free, bits)) {
          anyToken = true;
          mostBytesToEnd = Math.max(mostBytesToEnd, state.bytesToEnd());
        }
      }
      for (int child = trie.firstChild(node); child >= 0; child = trie.sibling(child)) {
        ByteState after =
            decided < 0 || trie.hasMoreThanPlain(child, decided)
                ? state.next(trie.value(child))
                : null;
        if (after != null) {
          if (trie.firstToken(child) >= 0 && isInTime(after)) {
            allow(child, after);
          }
          below(child, depth + 1, after, after.freeCharacters() > 0 ? decided : -1);
        }
      }
    }

    /** Whether plain characters lead to places that need not be looked at one by one. */
    private boolean mayTakeAll(ByteState state) {
      return mostTokensAfter >= UNREACHABLE || state.isSteady() && isInTime(state);
    }

    /**
     * In a name that may be anything: the tokens on the way to the nearest end and single bytes.
     * There is no time to look at all tokens for the last few of a completion.
     */
    void nearest(ByteState state) {
      int node = 0;
      ByteState after = state;
      for (byte one : way(state)) {
        node = node < 0 ? node : trie.child(node, one & 0xFF);
        after = after.next(one & 0xFF);
        if (node >= 0 && trie.firstToken(node) >= 0 && isInTime(after)) {
          allow(node, after);
        }
      }
      for (int child = trie.firstChild(0); child >= 0; child = trie.sibling(child)) {
        ByteState next = state.next(trie.value(child));
        boolean isToken = trie.firstToken(child) >= 0;
        if (isToken && next != null && next.bytesToEnd() <= mostTokensAfter) {
          allow(child, next);
        }
      }
    }

    private void allow(int node, ByteState after) {
      mostBytesToEnd = Math.max(mostBytesToEnd, after.bytesToEnd());
      anyToken = true;
      for (int token = trie.firstToken(node); token >= 0; token = trie.nextToken(token)) {
        bits[token / Long.SIZE] |= 1L << token;
      }
    }

    private boolean isInTime(ByteState after) {
      return !isFinite && after.bytesToEnd() <= mostTokensAfter
          || !isFinite && mostTokensAfter >= UNREACHABLE
          || tokensToEnd(after) <= Math.min(mostTokensAfter, UNREACHABLE - 1);
    }
  }

  /** In a tree of texts: one more than the least of what each token leaves. */
  private int fewest(ByteState state, int node) {
    int fewest = UNREACHABLE;
    for (int child = trie.firstChild(node); child >= 0; child = trie.sibling(child)) {
      ByteState after = state.next(trie.value(child));
      if (after != null) {
        if (trie.firstToken(child) >= 0) {
          fewest = Math.min(fewest, 1 + tokensToEnd(after));
        }
        fewest = Math.min(fewest, fewest(after, child));
      }
    }
    return fewest;
  }

  /** The bytes to the nearest end, which is the same seen from any place on the way. */
  private static byte[] way(ByteState state) {
    byte[] way = new byte[state.bytesToEnd()];
    int length = 0;
    for (ByteState at = state; !at.mayEnd(); length++) {
      int tried = 0;
      ByteState after = at.next(ORDER[tried]);
      while (after == null || after.bytesToEnd() >= at.bytesToEnd()) {
        after = at.next(ORDER[++tried]);
      }
      way[length] = (byte) ORDER[tried];
      at = after;
    }
    return Arrays.copyOf(way, length);
  }

  /** The fewest tokens that spell the way to the nearest end. */
  private int spelled(ByteState state) {
    byte[] way = way(state);
    int[] fewest = new int[way.length + 1];
    for (int from = way.length - 1; from >= 0; from--) {
      fewest[from] = UNREACHABLE;
      int node = 0;
      for (int to = from; to < way.length && node >= 0; to++) {
        node = trie.child(node, way[to] & 0xFF);
        if (node >= 0 && trie.firstToken(node) >= 0) {
          fewest[from] = Math.min(fewest[from], 1 + fewest[to + 1]);
        }
      }
    }
    return fewest[0];
  }
}
