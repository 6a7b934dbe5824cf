package dev.swiftkv.spark.cli;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import scala.jdk.javaapi.CollectionConverters;

/** A bar on standard error that counts answered rows, fed by the executors' heartbeats. */
final class RunProgress extends SparkListener implements AutoCloseable {
  /** Metrics of the operator that together count the rows it is done with. */
  private static final Set<String> DONE =
      Set.of("answered prompts", "rows without a prompt", "rows answered by an equal prompt");

  /** Rows done of each task that was heard of. */
  private final Map<Long, Long> rowsByTask = new ConcurrentHashMap<>();

  private final SparkContext context;
  private final ProgressBar bar;

  private RunProgress(SparkContext context, ProgressBar bar) {
    this.context = context;
    this.bar = bar;
  }

  /**
   * Shows a bar until it is closed.
   *
   * @param rows how many there will be
   */
  static RunProgress show(SparkContext context, long rows) {
    ProgressBar bar =
        new ProgressBarBuilder()
            .setTaskName("swiftkv run")
            .setInitialMax(rows)
            .setUnit(" rows", 1)
            .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BLOCK)
            .setUpdateIntervalMillis(200)
            .setMaxRenderedLength(Math.min(TableText.terminalWidth(), 100))
            .showSpeed()
            .clearDisplayOnFinish()
            .build();
    RunProgress progress = new RunProgress(context, bar);
    context.addSparkListener(progress);
    return progress;
  }

  @Override
  public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
    CollectionConverters.asJava(update.accumUpdates())
        .forEach(task -> count((Long) task._1(), CollectionConverters.asJava(task._4()), false));
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    count(
        end.taskInfo().taskId(), CollectionConverters.asJava(end.taskInfo().accumulables()), true);
  }

  private void count(long task, Iterable<AccumulableInfo> metrics, boolean ended) {
    long rows = 0;
    boolean found = false;
    for (AccumulableInfo metric : metrics) {
      if (metric.name().isDefined() && DONE.contains(metric.name().get())) {
        found = true;
        if (metric.update().isDefined() && metric.update().get() instanceof Number number) {
          rows += number.longValue();
        }
      }
    }
    if (found || ended) {
      rowsByTask.merge(task, rows, Math::max);
      bar.stepTo(Math.min(bar.getMax(), total()));
    }
  }

  private long total() {
    long sum = 0;
    for (long rows : rowsByTask.values()) {
      sum += rows;
    }
    return sum;
  }

  /** Runs what the bar is about, and fills it at the end. */
  void during(Runnable action) {
    action.run();
    bar.stepTo(bar.getMax());
  }

  @Override
  public void close() {
    context.removeSparkListener(this);
    bar.close();
  }

  /** Metrics that this bar reads, for the test of their names. */
  static List<String> metricNames() {
    return DONE.stream().sorted().toList();
  }
}
