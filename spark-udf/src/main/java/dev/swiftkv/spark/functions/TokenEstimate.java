package dev.swiftkv.spark.functions;

import java.util.Optional;

/**
 * A quantity of many texts by that of a few, such as their tokens: the sampled ratio of the
 * quantity to bytes times the bytes of all, which are known exactly.
 *
 * @param sampled how many texts were looked at
 * @param total estimated quantity of all
 * @param error half the width of the 95 % confidence interval of the total; 0 where all were looked
 *     at, empty where a single one was
 */
public record TokenEstimate(int sampled, double total, Optional<Double> error) {
  /** Standard deviations of a normal distribution on either side that hold 95 %. */
  private static final double DEVIATIONS = 1.96;

  /**
   * Estimates.
   *
   * @param texts number of all texts
   * @param bytes of all texts
   * @param sampleBytes bytes of each sampled text
   * @param sampleTokens the quantity of each sampled text
   * @return empty if nothing was sampled
   */
  public static Optional<TokenEstimate> of(
      long texts, long bytes, long[] sampleBytes, long[] sampleTokens) {
    int sampled = sampleBytes.length;
    if (sampled == 0) {
      return Optional.empty();
    }
    double tokens = sum(sampleTokens);
    if (sampled >= texts) {
      return Optional.of(new TokenEstimate(sampled, tokens, Optional.of(0.0)));
    }
    double ofSample = sum(sampleBytes);
    // Of texts without bytes, each has the quantity of the mean.
    double ratio = ofSample == 0 ? 0 : tokens / ofSample;
    double total = ofSample == 0 ? tokens / sampled * texts : ratio * bytes;
    if (sampled == 1) {
      return Optional.of(new TokenEstimate(sampled, total, Optional.empty()));
    }
    double squares = 0;
    for (int i = 0; i < sampled; i++) {
      double residual = sampleTokens[i] - ratio * sampleBytes[i];
      squares += residual * residual;
    }
    double variance = squares / (sampled - 1) / sampled * (1 - (double) sampled / texts);
    return Optional.of(
        new TokenEstimate(sampled, total, Optional.of(DEVIATIONS * texts * Math.sqrt(variance))));
  }

  private static double sum(long[] numbers) {
    double sum = 0;
    for (long number : numbers) {
      sum += number;
    }
    return sum;
  }
}
