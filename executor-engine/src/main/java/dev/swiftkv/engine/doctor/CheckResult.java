package dev.swiftkv.engine.doctor;

import dev.swiftkv.kernels.DType;
import java.util.Locale;

/**
 * How a device did on the model of the {@link SelfCheck} in one compute type.
 *
 * @param type the compute type
 * @param difference the largest distance of a logit from plain Java's, as a share of the largest
 *     logit; NaN if there are no logits to compare
 * @param bound what it may be
 * @param nanos what loading and running the model took
 * @param errorOrNull why the check failed where the difference does not say it
 */
public record CheckResult(
    DType type, double difference, double bound, long nanos, String errorOrNull) {
  private static final double NANOS_PER_SECOND = 1e9;

  /** Whether the device computes what it should. */
  public boolean passed() {
    return errorOrNull == null && difference <= bound;
  }

  /** One line for people. */
  public String summary() {
    String type = type().name().toLowerCase(Locale.ROOT);
    if (errorOrNull != null) {
      return "%s FAILED: %s".formatted(type, errorOrNull);
    }
    return String.format(
        Locale.ROOT,
        "%s %s: logits differ from plain Java's by %.1e of the largest, %.0e may be; %.2f s",
        type,
        passed() ? "passed" : "FAILED",
        difference,
        bound,
        nanos / NANOS_PER_SECOND);
  }
}
