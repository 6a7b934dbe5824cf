package dev.swiftkv.kernels.cpu;

import dev.swiftkv.kernels.AttentionShape;
import dev.swiftkv.kernels.PagedKv;
import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kernels.RopeTable;
import dev.swiftkv.kernels.SamplingBatch;
import java.util.List;

/**
 * Packs Java's descriptions of memory into the structs of {@code views.h}, field by field, eight
 * bytes each. Every method overwrites and returns its own array, so that a call allocates nothing:
 * hand it to a native function at once. Confined to one thread.
 */
final class NativeViews {
  /** Fields of {@code KvPages}. */
  static final int PAGES_FIELDS = 7;

  private final long[] batch = new long[12];
  private final long[] pages = new long[PAGES_FIELDS];
  private final long[] shape = new long[3];
  private final long[] rope = new long[2];
  private final long[] sampling = new long[13];
  private long[] manyPages = {};

  /** {@code BatchView}. */
  long[] batch(RaggedBatch from) {
    batch[0] = from.tokenCount();
    batch[1] = from.sequenceCount();
    batch[2] = from.logitCount();
    batch[3] = from.maxBlocksPerSequence();
    batch[4] = from.tokenIds().address();
    batch[5] = from.positions().address();
    batch[6] = from.slots().address();
    batch[7] = from.sequences().address();
    batch[8] = from.queryStarts().address();
    batch[9] = from.contextLengths().address();
    batch[10] = from.blockTables().address();
    batch[11] = from.logitRows().address();
    return batch;
  }

  /** {@code KvPages}. */
  long[] pages(PagedKv from) {
    write(from, pages, 0);
    return pages;
  }

  /** An array of {@code KvPages}; what follows the last cache is left over from earlier calls. */
  long[] pages(List<PagedKv> from) {
    int fields = from.size() * PAGES_FIELDS;
    if (manyPages.length < fields) {
      manyPages = new long[fields];
    }
    for (int i = 0; i < from.size(); i++) {
      write(from.get(i), manyPages, i * PAGES_FIELDS);
    }
    return manyPages;
  }

  /** {@code AttentionShape}. */
  long[] shape(AttentionShape from) {
    shape[0] = from.heads();
    shape[1] = from.kvHeads();
    shape[2] = from.headSize();
    return shape;
  }

  /** {@code RopeView}. */
  long[] rope(RopeTable from) {
    rope[0] = from.cosine().address();
    rope[1] = from.sine().address();
    return rope;
  }

  /** {@code SamplingView}. */
  long[] sampling(SamplingBatch from) {
    sampling[0] = from.rowCount();
    System.arraycopy(from.addresses(), 0, sampling, 1, 5);
    sampling[6] = from.topKs().address();
    sampling[7] = from.counters().address();
    sampling[8] = from.penalizedStarts().address();
    sampling[9] = from.penalizedTokens().address();
    sampling[10] = from.allowedStarts().address();
    sampling[11] = from.firstAllowed().address();
    sampling[12] = from.allowedWords();
    return sampling;
  }

  private static void write(PagedKv from, long[] into, int at) {
    into[at] = from.shape().dtype().ordinal();
    into[at + 1] = from.shape().kvHeads();
    into[at + 2] = from.shape().headSize();
    into[at + 3] = from.shape().blockTokens();
    into[at + 4] = from.blocks();
    into[at + 5] = from.keys();
    into[at + 6] = from.values();
  }
}
