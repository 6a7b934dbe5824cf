package dev.swiftkv.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.util.ArrowUtils;

/** Memory of this process over time, in MiB: Java heap, direct buffers, Arrow, resident set. */
final class MemorySamples implements AutoCloseable {
  private static final double MIB = 1 << 20;

  private final List<Map<String, Object>> samples = new ArrayList<>();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final long start = System.nanoTime();

  private MemorySamples() {}

  /** Samples once a second until it is closed. */
  static MemorySamples start() {
    MemorySamples samples = new MemorySamples();
    var ticks = samples.timer.scheduleAtFixedRate(samples::sample, 0, 1, TimeUnit.SECONDS);
    if (ticks.isDone()) {
      throw new IllegalStateException("A timer that has just been made does not tick");
    }
    return samples;
  }

  private void sample() {
    Map<String, Object> sample = new LinkedHashMap<>();
    sample.put("seconds", (System.nanoTime() - start) / 1e9);
    sample.put("heap", ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / MIB);
    sample.put(
        "direct",
        ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .filter(pool -> pool.getName().equals("direct"))
            .mapToDouble(pool -> pool.getMemoryUsed() / MIB)
            .sum());
    sample.put("arrow", ArrowUtils.rootAllocator().getAllocatedMemory() / MIB);
    sample.put("resident", residentKibibytes() / 1024.0);
    samples.add(sample);
  }

  private static double residentKibibytes() {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")))
          .findFirst()
          .orElse(Double.NaN);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Everything that was sampled; to be asked for after {@link #close}. */
  List<Map<String, Object>> all() {
    return samples;
  }

  /** The largest value of one kind in each quarter of the time. */
  List<Double> quarters(String kind) {
    List<Double> largest = new ArrayList<>(List.of(0.0, 0.0, 0.0, 0.0));
    for (int i = 0; i < samples.size(); i++) {
      int quarter = 4 * i / samples.size();
      largest.set(quarter, Math.max(largest.get(quarter), (Double) samples.get(i).get(kind)));
    }
    return largest;
  }

  @Override
  public void close() {
    timer.shutdown();
    try {
      if (!timer.awaitTermination(10, TimeUnit.SECONDS)) {
        throw new IllegalStateException("A sample of the memory takes more than 10 s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
