package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.PagedKv;
import dev.swiftkv.kernels.RopeTable;
import dev.swiftkv.kernels.WeightMatrix;
import java.util.ArrayList;
import java.util.List;

/**
 * What the operations of a recorded step demand of a batch's integers. The operations check that
 * themselves while they are recorded; whoever plays the record checks it here.
 */
final class BatchLimits {
  private final List<WeightMatrix> tables = new ArrayList<>();
  private final List<RopeTable> ropes = new ArrayList<>();
  private final List<PagedKv> written = new ArrayList<>();
  private final List<PagedKv> read = new ArrayList<>();

  void addTable(WeightMatrix table) {
    if (!tables.contains(table)) {
      tables.add(table);
    }
  }

  void addRope(RopeTable rope) {
    if (!ropes.contains(rope)) {
      ropes.add(rope);
    }
  }

  /** Caches of one size make one demand, however many layers have them. */
  void addWritten(PagedKv cache) {
    addIfNew(written, cache);
  }

  void addRead(PagedKv cache) {
    addIfNew(read, cache);
  }

  /** Makes all the checks; allocates nothing. */
  void check(BatchChecks batch) {
    for (int i = 0; i < tables.size(); i++) {
      batch.tokenIds(tables.get(i));
    }
    for (int i = 0; i < ropes.size(); i++) {
      batch.positions(ropes.get(i));
    }
    for (int i = 0; i < written.size(); i++) {
      batch.slots(written.get(i));
    }
    for (int i = 0; i < read.size(); i++) {
      batch.blockTables(read.get(i));
    }
  }

  private static void addIfNew(List<PagedKv> caches, PagedKv cache) {
    for (PagedKv known : caches) {
      if (known.blocks() == cache.blocks()
          && known.shape().blockTokens() == cache.shape().blockTokens()) {
        return;
      }
    }
    caches.add(cache);
  }
}
