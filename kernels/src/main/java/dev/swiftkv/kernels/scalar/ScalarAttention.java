package dev.swiftkv.kernels.scalar;

import dev.swiftkv.kernels.AttentionShape;
import dev.swiftkv.kernels.KvShape;
import dev.swiftkv.kernels.PagedKv;
import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kernels.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Online softmax over the blocks of a sequence, in F32. For a query q at position p, with maximum m
 * = -infinity, sum l = 0 and output o = 0 at the start, each block in order does
 *
 * <pre>
 * s_j = (q . k_j) * scale       for its positions j up to p, the product summed in order
 * m'  = max(m, s_j)             c = exp(m - m')        w_j = exp(s_j - m')
 * l   = l * c + sum of w_j      o = o * c + sum of w_j * v_j, both in order of j
 * </pre>
 *
 * and at the end the result is {@code o / l}. Weights w_j are not rounded to the compute type.
 */
final class ScalarAttention {
  /** Queries of one sequence that share a pass over the cache. */
  private static final int TILE = 64;

  private final ScalarThreads threads;

  ScalarAttention(ScalarThreads threads) {
    this.threads = threads;
  }

  void attend(Tensor queries, AttentionShape shape, PagedKv cache, RaggedBatch batch, Tensor out) {
    List<Tile> tiles = new ArrayList<>();
    for (int sequence = 0; sequence < batch.sequenceCount(); sequence++) {
      int end = batch.queryStarts().get(sequence + 1);
      for (int from = batch.queryStarts().get(sequence); from < end; from += TILE) {
        for (int kvHead = 0; kvHead < shape.kvHeads(); kvHead++) {
          tiles.add(new Tile(sequence, from, Math.min(from + TILE, end), kvHead));
        }
      }
    }
    threads.forEach(
        tiles.size(), i -> new Pass(tiles.get(i), shape, cache, batch).run(queries, out));
  }

  private record Tile(int sequence, int from, int end, int kvHead) {}

  /** One tile's walk over its sequence's blocks; a "row" is one query head of one token. */
  private static final class Pass {
    private final Tile tile;
    private final AttentionShape shape;
    private final PagedKv cache;
    private final RaggedBatch batch;
    private final int blockTokens;
    private final int size;
    private final int group;
    private final float[] query;
    private final float[] sum;
    private final float[] maximum;
    private final float[] output;
    private final float[] keysTransposed;
    private final float[] values;
    private final float[] scores;

    Pass(Tile tile, AttentionShape shape, PagedKv cache, RaggedBatch batch) {
      this.tile = tile;
      this.shape = shape;
      this.cache = cache;
      this.batch = batch;
      blockTokens = cache.shape().blockTokens();
      size = shape.headSize();
      group = shape.groupSize();
      int rows = (tile.end - tile.from) * group;
      query = new float[rows * size];
      output = new float[rows * size];
      sum = new float[rows];
      maximum = new float[rows];
      Arrays.fill(maximum, Float.NEGATIVE_INFINITY);
      keysTransposed = new float[size * blockTokens];
      values = new float[blockTokens * size];
      scores = new float[blockTokens];
    }

    void run(Tensor queries, Tensor out) {
      int rowWidth = group * size;
      long inToken = (long) tile.kvHead * rowWidth * queries.dtype().bytes();
      int last = 0;
      for (int token = tile.from; token < tile.end; token++) {
        long address = ScalarMemory.row(queries, token) + inToken;
        int at = (token - tile.from) * rowWidth;
        ScalarMemory.read(queries.dtype(), address, query, at, rowWidth);
        last = Math.max(last, batch.positions().get(token));
      }
      for (int block = 0; block * blockTokens <= last; block++) {
        readBlock(block);
        for (int token = tile.from; token < tile.end; token++) {
          int count = Math.min(blockTokens, batch.positions().get(token) + 1 - block * blockTokens);
          for (int head = 0; count > 0 && head < group; head++) {
            addBlock((token - tile.from) * group + head, count);
          }
        }
      }
      for (int token = tile.from; token < tile.end; token++) {
        int at = (token - tile.from) * rowWidth;
        for (int i = at; i < at + rowWidth; i++) {
          output[i] /= sum[i / size];
        }
        ScalarMemory.write(
            out.dtype(), output, at, rowWidth, ScalarMemory.row(out, token) + inToken);
      }
    }

    private void readBlock(int index) {
      KvShape kv = cache.shape();
      int block = batch.blockTables().get(tile.sequence * batch.maxBlocksPerSequence() + index);
      long offset = ScalarPages.headOffset(cache, block, tile.kvHead);
      ScalarMemory.read(kv.dtype(), cache.keys() + offset, values, 0, values.length);
      for (int token = 0; token < blockTokens; token++) {
        for (int i = 0; i < size; i++) {
          keysTransposed[i * blockTokens + token] = values[token * size + i];
        }
      }
      ScalarMemory.read(kv.dtype(), cache.values() + offset, values, 0, values.length);
    }

    /** Takes in the first {@code count} tokens of the block that was read last. */
    private void addBlock(int row, int count) {
      float blockMaximum = score(row * size, count);
      float newMaximum = Math.max(maximum[row], blockMaximum);
      float correction = (float) Math.exp(maximum[row] - newMaximum);
      maximum[row] = newMaximum;
      float total = 0f;
      for (int token = 0; token < count; token++) {
        scores[token] = (float) Math.exp(scores[token] - newMaximum);
        total += scores[token];
      }
      sum[row] = sum[row] * correction + total;
      weigh(row * size, correction, count);
    }

    /** Fills {@link #scores} for the query at {@code at} and returns the largest that counts. */
    private float score(int at, int count) {
      Arrays.fill(scores, 0f);
      for (int i = 0; i < size; i++) {
        float q = query[at + i];
        int keys = i * blockTokens;
        for (int token = 0; token < blockTokens; token++) {
          scores[token] += q * keysTransposed[keys + token];
        }
      }
      float scale = shape.scale();
      float largest = Float.NEGATIVE_INFINITY;
      for (int token = 0; token < count; token++) {
        scores[token] *= scale;
        largest = Math.max(largest, scores[token]);
      }
      return largest;
    }

    private void weigh(int at, float correction, int count) {
      for (int i = 0; i < size; i++) {
        output[at + i] *= correction;
      }
      for (int token = 0; token < count; token++) {
        float weight = scores[token];
        int from = token * size;
        for (int i = 0; i < size; i++) {
          output[at + i] += weight * values[from + i];
        }
      }
    }
  }
}
