package dev.swiftkv.spark.plan;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.management.OperatingSystemMXBean;
import dev.swiftkv.spark.FakeEngines;
import dev.swiftkv.spark.Sessions;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import org.apache.spark.sql.SparkSession;

/**
 * What a row costs besides the engine: queries over an engine that answers at once, against the
 * same queries without a call. Run {@code main} with the test class path and Spark's module
 * options; the fourth round counts.
 */
public final class OverheadBenchmark {
  private static final int ROUNDS = 4;

  private OverheadBenchmark() {}

  /** Prints rows per second and CPU microseconds a row. */
  public static void main(String[] arguments) {
    PrintWriter out = new PrintWriter(System.out, /* autoFlush */ true, UTF_8);
    SparkSession session = Sessions.open();
    for (int round = 0; round < ROUNDS; round++) {
      measure(out, session, "short, no call", 200_000, "concat('prompt ', id)");
      measure(out, session, "short", 200_000, "ai_gen(concat('prompt ', id))");
      measure(out, session, "3.6 kB, no call", 20_000, "repeat(concat('prompt ', id, ' '), 240)");
      measure(out, session, "3.6 kB", 20_000, "ai_gen(repeat(concat('prompt ', id, ' '), 240))");
    }
    session.stop();
  }

  private static void measure(
      PrintWriter out, SparkSession session, String name, int rows, String column) {
    FakeEngines.reset();
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long cpu = system.getProcessCpuTime();
    long start = System.nanoTime();
    session
        .sql("SELECT id, %s c FROM range(0, %d, 1, 2)".formatted(column, rows))
        .write()
        .format("noop")
        .mode("overwrite")
        .save();
    double seconds = (System.nanoTime() - start) / 1e9;
    double cpuMicros = (system.getProcessCpuTime() - cpu) / 1e3;
    out.printf(
        "%-16s %8.0f rows/s, %6.1f us of CPU a row%n", name, rows / seconds, cpuMicros / rows);
  }
}
