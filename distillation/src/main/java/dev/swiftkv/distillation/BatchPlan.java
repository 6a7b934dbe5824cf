package dev.swiftkv.distillation;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Which documents each update sees: a new shuffle for each epoch, cut into batches of whole
 * documents. A function of seed and position alone, so that a resumed run sees the same.
 */
final class BatchPlan {
  private final List<Document> documents;
  private final int batchTokens;
  private final long seed;
  private long epoch;
  private int next;
  private int[] order;

  BatchPlan(List<Document> documents, int batchTokens, long seed, long epoch, int next) {
    this.documents = documents;
    this.batchTokens = batchTokens;
    this.seed = seed;
    this.epoch = epoch;
    this.next = next;
    this.order = shuffled();
  }

  /** Indices of the next batch's documents: at least one, together at most the batch's tokens. */
  List<Integer> nextBatch() {
    if (next == order.length) {
      epoch++;
      next = 0;
      order = shuffled();
    }
    List<Integer> batch = new ArrayList<>();
    int tokens = 0;
    while (next < order.length) {
      tokens += documents.get(order[next]).tokens();
      if (!batch.isEmpty() && tokens > batchTokens) {
        break;
      }
      batch.add(order[next++]);
    }
    return batch;
  }

  long epoch() {
    return epoch;
  }

  int position() {
    return next;
  }

  private int[] shuffled() {
    int[] shuffled = new int[documents.size()];
    Random random = new Random(seed * 1_000_003L + epoch);
    for (int i = 0; i < shuffled.length; i++) {
      int other = random.nextInt(i + 1);
      shuffled[i] = shuffled[other];
      shuffled[other] = i;
    }
    return shuffled;
  }
}
