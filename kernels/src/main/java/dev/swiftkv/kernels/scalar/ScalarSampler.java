package dev.swiftkv.kernels.scalar;

import dev.swiftkv.kernels.HostMemory;
import dev.swiftkv.kernels.SamplingBatch;
import dev.swiftkv.kernels.Tensor;
import java.util.Arrays;

/** The seven steps that {@link SamplingBatch} describes, for one row after the other. */
final class ScalarSampler {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private float[] logits = {};
  private long[] order = {};
  private double[] weights = {};

  void sample(Tensor logitRows, SamplingBatch sampling, int[] tokens) {
    int vocabulary = logitRows.columns();
    if (logits.length < vocabulary) {
      logits = new float[vocabulary];
      order = new long[vocabulary];
      weights = new double[vocabulary];
    }
    for (int row = 0; row < sampling.rowCount(); row++) {
      long address = ScalarMemory.row(logitRows, row);
      restrict(sampling, row, address, vocabulary);
      penalize(sampling, row, address);
      HostMemory.read(address, logits, 0, vocabulary);
      tokens[row] =
          sampling.temperature(row) == 0f
              ? largest(sampling.firstAllowed().get(row), vocabulary)
              : draw(sampling, row, vocabulary);
    }
  }

  /** The noise of a row, uniform in [0, 1). */
  static double uniform(long seed, int counter) {
    long bits = seed + GOLDEN * (counter + 1L);
    bits = (bits ^ bits >>> 30) * 0xBF58476D1CE4E5B9L;
    bits = (bits ^ bits >>> 27) * 0x94D049BB133111EBL;
    bits ^= bits >>> 31;
    return (bits >>> 11) * 0x1p-53;
  }

  private static void restrict(SamplingBatch sampling, int row, long address, int vocabulary) {
    if (sampling.allowedStarts().get(row) == SamplingBatch.ALL_ALLOWED) {
      return;
    }
    for (int token = 0; token < vocabulary; token++) {
      if (!sampling.allows(row, token)) {
        HostMemory.putFloat(address + 4L * token, Float.NEGATIVE_INFINITY);
      }
    }
  }

  private static void penalize(SamplingBatch sampling, int row, long address) {
    float penalty = sampling.repetitionPenalty(row);
    int end = sampling.penalizedStarts().get(row + 1);
    for (int i = sampling.penalizedStarts().get(row); i < end; i++) {
      int token = sampling.penalizedTokens().get(i);
      float logit = HostMemory.getFloat(address + 4L * token);
      HostMemory.putFloat(address + 4L * token, logit > 0f ? logit / penalty : logit * penalty);
    }
  }

  private int largest(int firstAllowed, int vocabulary) {
    int best = firstAllowed;
    float most = Float.NEGATIVE_INFINITY;
    for (int token = 0; token < vocabulary; token++) {
      if (logits[token] > most) {
        most = logits[token];
        best = token;
      }
    }
    return best;
  }

  private int draw(SamplingBatch sampling, int row, int vocabulary) {
    sortDescending(vocabulary);
    double temperature = sampling.temperature(row);
    double most = logit(0);
    if (Double.isInfinite(most)) {
      return most > 0 ? token(0) : sampling.firstAllowed().get(row);
    }
    int topK = sampling.topKs().get(row);
    int kept = topK == 0 ? vocabulary : Math.min(topK, vocabulary);
    double total = 0;
    for (int i = 0; i < kept; i++) {
      weights[i] = Math.exp((logit(i) - most) / temperature);
      total += weights[i];
    }
    kept = keepTopP(kept, sampling.topP(row) * total, sampling.topP(row));
    kept = keepMinP(kept, sampling.minP(row));
    return token(pick(kept, uniform(sampling.seed(row), sampling.counters().get(row))));
  }

  /** Fills {@link #order}: largest logit first, the lower id first among equals, NaN last. */
  private void sortDescending(int vocabulary) {
    for (int token = 0; token < vocabulary; token++) {
      float value = logits[token];
      // + 0f makes -0 a +0, which it equals.
      int bits = Float.floatToRawIntBits(Float.isNaN(value) ? Float.NEGATIVE_INFINITY : value + 0f);
      int ascending = bits ^ bits >> 31 & 0x7FFFFFFF;
      order[token] = (long) ~ascending << 32 | token;
    }
    Arrays.sort(order, 0, vocabulary);
  }

  private int token(int place) {
    return (int) order[place];
  }

  private double logit(int place) {
    float value = logits[token(place)];
    return Float.isNaN(value) ? Double.NEGATIVE_INFINITY : value;
  }

  private int keepTopP(int kept, double enough, float topP) {
    double cumulated = 0;
    for (int i = 0; topP < 1f && i < kept; i++) {
      cumulated += weights[i];
      if (cumulated >= enough) {
        return i + 1;
      }
    }
    return kept;
  }

  private int keepMinP(int kept, double minP) {
    int left = kept;
    while (left > 1 && weights[left - 1] < minP * weights[0]) {
      left--;
    }
    return left;
  }

  private int pick(int kept, double uniform) {
    double total = 0;
    for (int i = 0; i < kept; i++) {
      total += weights[i];
    }
    double cumulated = 0;
    for (int i = 0; i < kept - 1; i++) {
      cumulated += weights[i];
      if (cumulated > uniform * total) {
        return i;
      }
    }
    return kept - 1;
  }
}
