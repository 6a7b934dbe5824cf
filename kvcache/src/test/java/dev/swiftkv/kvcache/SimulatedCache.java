package dev.swiftkv.kvcache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;

/**
 * A manager whose blocks hold something: instead of keys and values each slot keeps a fingerprint
 * of every token up to it. Reading back what a sequence should find shows any block that is lost,
 * overwritten or shared with another prefix.
 */
final class SimulatedCache {
  /** A sequence as the engine would drive it. */
  static final class Row {
    private final BlockTable table;
    private final List<Integer> tokens;
    private final int promptTokens;
    private int computed;

    private Row(BlockTable table, List<Integer> tokens, int promptTokens, int computed) {
      this.table = table;
      this.tokens = tokens;
      this.promptTokens = promptTokens;
      this.computed = computed;
    }

    BlockTable table() {
      return table;
    }

    int computed() {
      return computed;
    }
  }

  private final KvCacheManager manager;
  private final int blockTokens;
  private final long hashBits;
  private final long[] slots;
  private final List<Row> rows = new ArrayList<>();

  SimulatedCache(int blocks, int blockTokens, boolean prefixCache) {
    this(blocks, blockTokens, prefixCache, -1L);
  }

  /** A cache whose hashes keep only some bits. */
  SimulatedCache(int blocks, int blockTokens, boolean prefixCache, long hashBits) {
    this.hashBits = hashBits;
    manager = new KvCacheManager(blocks, blockTokens, prefixCache);
    this.blockTokens = blockTokens;
    slots = new long[blocks * blockTokens];
  }

  KvCacheManager manager() {
    return manager;
  }

  List<Row> rows() {
    return rows;
  }

  /** Admits a prompt; null if refused. */
  Row admit(int[] prompt, int maxNewTokens) {
    Admission answer = manager.admit(new PromptBlocks(prompt, blockTokens, hashBits), maxNewTokens);
    if (!(answer instanceof Admission.Admitted room)) {
      return null;
    }
    assertThat(room.cachedTokens()).isLessThan(prompt.length);
    assertThat(room.table().capacityTokens()).isGreaterThanOrEqualTo(prompt.length + maxNewTokens);
    List<Integer> tokens = new ArrayList<>();
    for (int token : prompt) {
      tokens.add(token);
    }
    return added(new Row(room.table(), tokens, prompt.length, room.cachedTokens()));
  }

  /** Computes up to {@code count} more tokens, prompt first, then new ones, and publishes. */
  void append(Row row, int count) {
    int end = Math.min(row.computed + count, row.table.capacityTokens());
    for (int position = row.computed; position < end; position++) {
      if (position >= row.tokens.size()) {
        row.tokens.add(position % 3);
      }
      slots[row.table.slot(position)] = fingerprint(row, position);
    }
    row.computed = end;
    manager.publish(row.table, Math.min(end, row.promptTokens));
  }

  /** Forks a row; null if refused. */
  Row fork(Row row) {
    Admission answer = manager.fork(row.table, row.computed, this::copyBlock);
    if (!(answer instanceof Admission.Admitted room)) {
      return null;
    }
    return added(
        new Row(room.table(), new ArrayList<>(row.tokens), row.promptTokens, row.computed));
  }

  void release(Row row) {
    manager.release(row.table);
    rows.remove(row);
  }

  /** Books balance, and every row still finds its own past. */
  void check() {
    assertThat(manager.checkIntegrity()).isTrue();
    for (Row row : rows) {
      for (int position = 0; position < row.computed; position++) {
        assertThat(slots[row.table.slot(position)])
            .as("position %d", position)
            .isEqualTo(fingerprint(row, position));
      }
    }
  }

  private Row added(Row row) {
    rows.add(row);
    return row;
  }

  private static long fingerprint(Row row, int position) {
    long hash = 1;
    for (int i = 0; i <= position; i++) {
      hash = hash * 1_000_003 + row.tokens.get(i) + 1;
    }
    return hash;
  }

  private void copyBlock(int from, int to) {
    System.arraycopy(slots, from * blockTokens, slots, to * blockTokens, blockTokens);
  }
}
