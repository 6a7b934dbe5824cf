package dev.swiftkv.spark.batch;

import dev.swiftkv.spark.functions.EngineReport;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.apache.spark.util.AccumulatorV2;

/**
 * Carries the newest report of every engine from the tasks to the driver. Reports hold totals, so
 * it does not matter how many tasks of an executor bring them, or in which order.
 */
public final class ReportAccumulator extends AccumulatorV2<EngineReport, List<EngineReport>> {
  private static final long serialVersionUID = 1L;

  /** By executor and configuration. Heartbeats read it while a task writes. */
  private final ConcurrentMap<List<String>, EngineReport> newest = new ConcurrentHashMap<>();

  @Override
  public boolean isZero() {
    return newest.isEmpty();
  }

  @Override
  public AccumulatorV2<EngineReport, List<EngineReport>> copy() {
    ReportAccumulator copy = new ReportAccumulator();
    copy.newest.putAll(newest);
    return copy;
  }

  @Override
  public void reset() {
    newest.clear();
  }

  @Override
  public void add(EngineReport report) {
    newest.merge(
        List.of(report.executor(), report.configuration()),
        report,
        (old, other) -> other.nanoTime() - old.nanoTime() >= 0 ? other : old);
  }

  @Override
  public void merge(AccumulatorV2<EngineReport, List<EngineReport>> other) {
    other.value().forEach(this::add);
  }

  @Override
  public List<EngineReport> value() {
    return List.copyOf(newest.values());
  }
}
