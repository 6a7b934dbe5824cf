package dev.swiftkv.engine.constraint;

import dev.swiftkv.engine.tokenizer.TokenBytes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntPredicate;

/** The tokens of a vocabulary as a tree of their bytes. Node 0 is the root. */
final class TokenTrie {
  private static final int NONE = -1;

  private final int[] values;
  private final int[] firstChild;
  private final int[] sibling;
  private final int[] firstToken;
  private final int[] nextToken;
  private int size = 1;

  private TokenTrie(int nodes, int vocabularySize) {
    values = new int[nodes];
    firstChild = new int[nodes];
    sibling = new int[nodes];
    firstToken = new int[nodes];
    nextToken = new int[vocabularySize];
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
    TokenTrie trie = new TokenTrie(nodes, vocabularySize);
    int[] lastChild = new int[nodes];
    Arrays.fill(lastChild, NONE);
    for (Written token : written) {
      trie.add(token.id(), token.bytes(), lastChild);
    }
    return trie;
  }

  private void add(int id, byte[] bytes, int[] lastChild) {
    int node = 0;
    for (byte one : bytes) {
      int value = one & 0xFF;
      int last = lastChild[node];
      if (last == NONE || values[last] != value) {
        int child = size++;
        values[child] = value;
        if (last == NONE) {
          firstChild[node] = child;
        } else {
          sibling[last] = child;
        }
        lastChild[node] = child;
        last = child;
      }
      node = last;
    }
    nextToken[id] = firstToken[node];
    firstToken[node] = id;
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

  /** Child of a node, or -1. */
  int child(int node, int value) {
    int child = firstChild[node];
    while (child != NONE && values[child] < value) {
      child = sibling[child];
    }
    return child != NONE && values[child] == value ? child : NONE;
  }

  /** Whether every byte that UTF-8 has is a token. */
  boolean spellsEveryByte() {
    for (int value = 0; value <= 0xF4; value++) {
      boolean occurs = value != 0xC0 && value != 0xC1;
      int node = child(0, value);
      if (occurs && (node == NONE || firstToken[node] == NONE)) {
        return false;
      }
    }
    return true;
  }
}
