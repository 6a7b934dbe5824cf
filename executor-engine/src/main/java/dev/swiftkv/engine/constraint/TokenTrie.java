package dev.swiftkv.engine.constraint;

import dev.swiftkv.engine.tokenizer.TokenBytes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * The tokens of a vocabulary as a tree of their bytes. Node 0 is the root. The tokens below a node
 * follow each other in the order of their bytes, so that those which are the same to every free
 * string, since they need no escape, can be taken without a walk.
 */
final class TokenTrie {
  private static final int NONE = -1;

  private final int[] values;
  private final int[] firstChild;
  private final int[] sibling;
  private final int[] firstToken;
  private final int[] nextToken;
  private final int[] firstBelow;
  private final int[] endBelow;
  private final int[] mostPlainFrom;
  private final int[] characters;
  private final List<PlainBytes.Token> inOrder = new ArrayList<>();
  private final Set<String> closings;
  private int mostCharacters;
  private int size = 1;

  private TokenTrie(int nodes, int vocabularySize, Set<String> closings) {
    this.closings = closings;
    values = new int[nodes];
    firstChild = new int[nodes];
    sibling = new int[nodes];
    firstToken = new int[nodes];
    nextToken = new int[vocabularySize];
    firstBelow = new int[nodes];
    endBelow = new int[nodes];
    mostPlainFrom = new int[nodes];
    characters = new int[nodes];
    Arrays.fill(firstChild, NONE);
    Arrays.fill(sibling, NONE);
    Arrays.fill(firstToken, NONE);
    Arrays.fill(nextToken, NONE);
  }

  /**
   * A tree of the tokens that write something.
   *
   * @param vocabularySize ids of the model; others of the tokenizer are left out
   * @param isLeftOut says which tokens never belong to a text
   */
  static TokenTrie of(TokenBytes tokens, int vocabularySize, IntPredicate isLeftOut) {
    int count = Math.min(vocabularySize, tokens.vocabularySize());
    record Written(int id, byte[] bytes) {}
    List<Written> written = new ArrayList<>();
    int nodes = 1;
    for (int id = 0; id < count; id++) {
      int length = tokens.length(id);
      if (length > 0 && !isLeftOut.test(id)) {
        byte[] bytes = new byte[length];
        tokens.append(id, ByteBuffer.wrap(bytes));
        written.add(new Written(id, bytes));
        nodes += length;
      }
    }
    // In order of their bytes, so that a new child is always the sibling of the one before.
    written.sort(
        Comparator.comparing(Written::bytes, Arrays::compareUnsigned)
            .thenComparing(Written::id, Comparator.reverseOrder()));
    Set<String> closings = PlainBytes.closings(written.stream().map(Written::bytes).toList());
    TokenTrie trie = new TokenTrie(nodes, vocabularySize, closings);
    int[] lastChild = new int[nodes];
    Arrays.fill(lastChild, NONE);
    for (Written token : written) {
      trie.add(token.id(), token.bytes(), lastChild);
    }
    return trie;
  }

  private void add(int id, byte[] bytes, int[] lastChild) {
    PlainBytes.Token token = PlainBytes.token(id, bytes);
    int index = inOrder.size();
    inOrder.add(token);
    mostCharacters = Math.max(mostCharacters, token.characters());
    int node = 0;
    cover(node, index, token);
    for (byte one : bytes) {
      int value = one & 0xFF;
      int last = lastChild[node];
      if (last == NONE || values[last] != value) {
        int child = size++;
        values[child] = value;
        firstBelow[child] = index;
        characters[child] = characters[node] + (PlainBytes.isLater(one) ? 0 : 1);
        if (last == NONE) {
          firstChild[node] = child;
        } else {
          sibling[last] = child;
        }
        lastChild[node] = child;
        last = child;
      }
      node = last;
      cover(node, index, token);
    }
    nextToken[id] = firstToken[node];
    firstToken[node] = id;
  }

  private void cover(int node, int index, PlainBytes.Token token) {
    endBelow[node] = index + 1;
    mostPlainFrom[node] = Math.max(mostPlainFrom[node], token.plainFrom());
  }

  /** First child of a node, or -1. */
  int firstChild(int node) {
    return firstChild[node];
  }

  /** Next child of the same parent, or -1. */
  int sibling(int node) {
    return sibling[node];
  }

  /** Last byte of a node. */
  int value(int node) {
    return values[node];
  }

  /** Lowest token that ends at a node, or -1. */
  int firstToken(int node) {
    return firstToken[node];
  }

  /** Next token of the same bytes, or -1. */
  int nextToken(int token) {
    return nextToken[token];
  }

  /** Whether some token through a node needs more than plain characters after so many bytes. */
  boolean hasMoreThanPlain(int node, int depth) {
    return mostPlainFrom[node] > depth;
  }

  /**
   * Allows the tokens below a node whose further bytes are plain characters, at most so many.
   *
   * @param depth bytes of the node
   * @return whether there is any
   */
  boolean allowPlain(int node, int depth, int mostCharacters, long[] bits) {
    boolean any = false;
    for (int i = firstBelow[node]; i < endBelow[node]; i++) {
      PlainBytes.Token token = inOrder.get(i);
      boolean isPlain = token.plainFrom() <= depth && token.length() > depth;
      if (isPlain && token.characters() - characters[node] <= mostCharacters) {
        bits[token.id() / Long.SIZE] |= 1L << token.id();
        any = true;
      }
    }
    return any;
  }

  /** What its tokens can do at most. */
  Likeness.Vocabulary vocabulary() {
    return new Likeness.Vocabulary(closings, mostCharacters);
  }

  /** Child of a node, or -1. */
  int child(int node, int value) {
    int child = firstChild[node];
    while (child != NONE && values[child] < value) {
      child = sibling[child];
    }
    return child != NONE && values[child] == value ? child : NONE;
  }

  /** Whether every byte that JSON in UTF-8 needs is a token; control characters are escaped. */
  boolean spellsEveryByte() {
    for (int value = ' '; value <= 0xF4; value++) {
      boolean occurs = value != 0xC0 && value != 0xC1;
      int node = child(0, value);
      if (occurs && (node == NONE || firstToken[node] == NONE)) {
        return false;
      }
    }
    return true;
  }
}
