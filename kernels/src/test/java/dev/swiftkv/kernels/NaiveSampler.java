package dev.swiftkv.kernels;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** The choice of a token written from the Javadoc of {@link SamplingBatch}, with lists. */
record NaiveSampler(float temperature, int topK, float topP, float minP, float penalty) {
  int choose(float[] row, List<Integer> penalized, double uniform) {
    float[] logits = row.clone();
    for (int token : penalized) {
      logits[token] = logits[token] > 0 ? logits[token] / penalty : logits[token] * penalty;
    }
    List<Integer> order =
        IntStream.range(0, logits.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer token) -> -(double) logits[token]))
            .toList();
    if (temperature == 0) {
      return order.get(0);
    }
    double largest = logits[order.get(0)];
    double[] weights =
        order.stream()
            .limit(topK == 0 ? logits.length : topK)
            .mapToDouble(token -> Math.exp((logits[token] - largest) / temperature))
            .toArray();
    int kept = keptByTopP(weights);
    int left = (int) IntStream.range(0, kept).filter(i -> weights[i] >= minP * weights[0]).count();
    double enough = uniform * sum(weights, left);
    for (int i = 0; i < left; i++) {
      if (sum(weights, i + 1) > enough) {
        return order.get(i);
      }
    }
    return order.get(left - 1);
  }

  private int keptByTopP(double[] weights) {
    if (topP == 1) {
      return weights.length;
    }
    double enough = topP * sum(weights, weights.length);
    int kept = 1;
    while (sum(weights, kept) < enough) {
      kept++;
    }
    return kept;
  }

  private static double sum(double[] weights, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += weights[i];
    }
    return sum;
  }
}
