package dev.swiftkv.benchmarks.gpu;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What was found out about one operation. */
final class Finding {
  private static final int MOST_FAILURES = 5;
  private static final double NANOS_PER_SECOND = 1e9;

  private final String operation;
  private final double bound;
  private final List<String> failures = new ArrayList<>();
  private double error;
  private int checks;
  private double seconds;

  Finding(String operation, double bound) {
    this.operation = operation;
    this.bound = bound;
  }

  /** Runs checks; what they throw is a failure of this operation, and the others go on. */
  void check(Runnable checks) {
    long start = System.nanoTime();
    try {
      checks.run();
    } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
      e.printStackTrace();
      fail(e.toString());
    }
    seconds = (System.nanoTime() - start) / NANOS_PER_SECOND;
  }

  /** Compares with the definition, row by row. */
  void compare(float[][] expected, float[][] actual) {
    for (int row = 0; row < expected.length; row++) {
      double distance = relativeError(expected[row], actual[row]);
      error = Math.max(error, distance);
      checks++;
      if (!(distance <= bound)) {
        fail("row %d differs from the definition by %.2g".formatted(row, distance));
      }
    }
  }

  /** Compares bit by bit. */
  void same(String what, float[] one, float[] other) {
    checks++;
    if (!Arrays.equals(one, other)) {
      fail(what + " differ, first at " + Arrays.mismatch(one, other));
    } else if (hasNaN(one)) {
      fail(what + " are not all numbers");
    }
  }

  /** Compares bit by bit. */
  void same(String what, float[][] one, float[][] other) {
    checks++;
    for (int row = 0; row < one.length; row++) {
      if (!Arrays.equals(one[row], other[row])) {
        fail(
            "%s differ in row %d at %d"
                .formatted(what, row, Arrays.mismatch(one[row], other[row])));
        return;
      }
    }
  }

  void addTo(ArrayNode findings) {
    ObjectNode finding = findings.addObject();
    finding.put("operation", operation).put("error", error).put("bound", bound);
    finding.put("checks", checks).put("seconds", seconds);
    ArrayNode list = finding.putArray("failures");
    failures.forEach(list::add);
  }

  private void fail(String what) {
    if (failures.size() < MOST_FAILURES) {
      failures.add(what);
    }
  }

  private static boolean hasNaN(float[] values) {
    for (float value : values) {
      if (Float.isNaN(value)) {
        return true;
      }
    }
    return false;
  }

  /** Euclidean distance over the norm of what is expected; NaN where anything is. */
  private static double relativeError(float[] expected, float[] actual) {
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < expected.length; i++) {
      double distance = (double) actual[i] - expected[i];
      difference += distance * distance;
      norm += (double) expected[i] * expected[i];
    }
    return difference == 0 ? 0 : Math.sqrt(difference / norm);
  }
}
