package dev.swiftkv.benchmarks.gpu;

import com.fasterxml.jackson.databind.JsonNode;
import dev.swiftkv.kernels.Ops;
import java.util.Arrays;

/**
 * Times device work by the clock, between two moments at which the device is idle. A round repeats
 * the work until it takes long enough for that to be exact.
 *
 * @param rounds the median of so many counts; the first run, which may compile, does not
 * @param roundNanos how long a round takes at least, where one run is shorter
 */
record Stopwatch(int rounds, long roundNanos) {
  private static final int MOST_REPETITIONS = 10_000;
  private static final double NANOS_PER_SECOND = 1e9;

  /** As a request says: {@code rounds} and {@code round_milliseconds}. */
  static Stopwatch of(JsonNode request) {
    return new Stopwatch(
        request.required("rounds").asInt(),
        request.required("round_milliseconds").asInt() * 1_000_000L);
  }

  /** Work that can be done again and again; it gets the number of the repetition. */
  interface Work {
    void run(int repetition);
  }

  /** Median seconds of one run. */
  double seconds(Ops ops, Work work) {
    nanos(ops, work, 1);
    long once = Math.max(1, nanos(ops, work, 2) / 2);
    int repetitions = (int) Math.max(1, Math.min(MOST_REPETITIONS, roundNanos / once));
    double[] seconds = new double[rounds];
    for (int round = 0; round < rounds; round++) {
      seconds[round] = nanos(ops, work, repetitions) / NANOS_PER_SECOND / repetitions;
    }
    return median(seconds);
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  private static long nanos(Ops ops, Work work, int repetitions) {
    ops.finish();
    long start = System.nanoTime();
    for (int i = 0; i < repetitions; i++) {
      work.run(i);
    }
    ops.finish();
    return System.nanoTime() - start;
  }
}
