package dev.swiftkv.spark.batch;

import dev.swiftkv.spark.functions.EngineReport;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag$;

/**
 * What a driver knows about the engines of its executors. Every task that asked one reports all
 * engines of its executor when it ends, with the task's result: nothing has to be switched on, and
 * what an executor did outlives it. It listens to the application, which so holds the one instance.
 */
public final class EngineReports extends SparkListener {
  private final ReportAccumulator accumulator = new ReportAccumulator();
  private final Set<String> removed = ConcurrentHashMap.newKeySet();

  private EngineReports() {}

  /** Those of an application, begun if there are none. */
  public static EngineReports of(SparkContext application) {
    synchronized (application) {
      List<EngineReports> known =
          CollectionConverters.asJava(
              application
                  .listenerBus()
                  .findListenersByClass(ClassTag$.MODULE$.apply(EngineReports.class)));
      if (!known.isEmpty()) {
        return known.get(0);
      }
      EngineReports reports = new EngineReports();
      // Also what failed tasks bring: their prompts were asked.
      reports.accumulator.register(application, Option.empty(), /* countFailedValues= */ true);
      application.addSparkListener(reports);
      return reports;
    }
  }

  /** The engines that tasks of this JVM share, as they are now. */
  static List<EngineReport> ofThisJvm(EngineProvider provider) {
    String executor = SparkEnv.get().executorId();
    long now = System.nanoTime();
    return provider.loaded().stream()
        .map(engine -> EngineReport.of(executor, engine, now))
        .toList();
  }

  /** What tasks report with. */
  public ReportAccumulator accumulator() {
    return accumulator;
  }

  /**
   * The newest report of every engine, of executors that ended too; of this JVM's own engines as
   * they are now. By executor and path.
   */
  public List<EngineReport> newest(EngineProvider provider) {
    ReportAccumulator all = new ReportAccumulator();
    accumulator.value().forEach(all::add);
    ofThisJvm(provider).forEach(all::add);
    List<EngineReport> sorted = new ArrayList<>(all.value());
    sorted.sort(
        Comparator.comparing(EngineReport::executor)
            .thenComparing(EngineReport::path)
            .thenComparing(EngineReport::configuration));
    return sorted;
  }

  /** Whether the executor has not ended. */
  public boolean isAlive(EngineReport report) {
    return !removed.contains(report.executor());
  }

  @Override
  public void onExecutorRemoved(SparkListenerExecutorRemoved event) {
    removed.add(event.executorId());
  }
}
