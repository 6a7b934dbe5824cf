package dev.swiftkv.distillation;

import dev.swiftkv.distillation.Distiller.Progress;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/** A line every few seconds about what goes on, with means since the last one. */
final class ProgressLines {
  private static final long NANOS_BETWEEN_LINES = 5_000_000_000L;

  private final PrintWriter out;
  private long printedAt = System.nanoTime() - NANOS_BETWEEN_LINES;
  private long tokens;
  private long nanos;
  private int steps;

  ProgressLines(PrintWriter out) {
    this.out = out;
  }

  /** The model has answered some of the prompts that have no completion. */
  void answered(int given, int of) {
    if (given == of || isDue()) {
      print("answered   %,d of %,d prompts by the model%n", given, of);
    }
  }

  /**
   * A step is done.
   *
   * @param last the last step of the run
   */
  void trained(Progress progress, int last) {
    tokens += progress.tokens();
    nanos += progress.nanos();
    steps++;
    if (!isDue() && progress.step() != last) {
      return;
    }
    double seconds = nanos / 1e9;
    Duration left = Duration.ofSeconds(Math.round((last - progress.step()) * seconds / steps));
    print(
        "step %,d of %,d  divergence %.5f  hidden %.5f  gradient %.3f  %,.0f tokens/s  %s left%n",
        progress.step(),
        last,
        progress.divergence(),
        progress.hidden(),
        progress.gradientNorm(),
        tokens / seconds,
        left.toString().substring(2).toLowerCase(Locale.ROOT));
    tokens = 0;
    nanos = 0;
    steps = 0;
  }

  private boolean isDue() {
    return System.nanoTime() - printedAt >= NANOS_BETWEEN_LINES;
  }

  private void print(String format, Object... values) {
    printedAt = System.nanoTime();
    out.printf(Locale.ROOT, format, values);
    out.flush();
  }
}
