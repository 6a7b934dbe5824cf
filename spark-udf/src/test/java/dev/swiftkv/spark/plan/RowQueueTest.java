package dev.swiftkv.spark.plan;

import static dev.swiftkv.spark.plan.Waits.until;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.spark.FakeEngines;
import dev.swiftkv.spark.Sessions;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.memory.MemoryConsumer;
import org.apache.spark.memory.MemoryMode;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowQueueTest {
  private static SparkSession session;

  @BeforeAll
  static void open() {
    session = Sessions.open();
  }

  @AfterAll
  static void close() {
    session.stop();
  }

  @BeforeEach
  void forgetPrompts() {
    FakeEngines.reset();
  }

  /** Runs in a task: a queue needs its memory. */
  private static <R> R inTask(Function<TaskContext, R> work) {
    return JavaSparkContext.fromSparkContext(session.sparkContext())
        .parallelize(List.of(1), 1)
        .map(one -> work.call(TaskContext.get()))
        .first();
  }

  private static UnsafeRow row(int value, int bytes) {
    UnsafeRow row = new UnsafeRow(1);
    byte[] backing = new byte[Math.max(16, bytes / 8 * 8)];
    row.pointTo(backing, backing.length);
    row.setInt(0, value);
    return row;
  }

  private static RowQueue queue(TaskContext task, long maxBytes) {
    return new RowQueue(task, task.taskMemoryManager(), 1, maxBytes);
  }

  /** Asks for all the memory there is, as a sort would. */
  private static final class Greedy extends MemoryConsumer {
    Greedy(TaskContext task) {
      super(task.taskMemoryManager(), MemoryMode.ON_HEAP);
    }

    @Override
    public long spill(long size, MemoryConsumer trigger) {
      return 0;
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 1000, 100_000, Long.MAX_VALUE})
  void givesRowsBackInOrderWhereverTheyWere(long maxBytes) {
    String order =
        inTask(
            task -> {
              Random random = new Random(5);
              StringBuilder wrong = new StringBuilder();
              int in = 0;
              int out = 0;
              try (RowQueue queue = queue(task, maxBytes)) {
                while (out < 3000) {
                  boolean add = in < 3000 && (queue.isEmpty() || random.nextInt(9) < 5);
                  if (add) {
                    queue.add(row(in++, random.nextInt(2000)));
                  } else if (queue.remove().getInt(0) != out++) {
                    wrong.append(out - 1).append(' ');
                  }
                  if (random.nextInt(500) == 0) {
                    queue.spill(1, new Greedy(task));
                  }
                }
                wrong.append(queue.isEmpty() ? "" : "rows left");
              }
              return wrong.toString() + task.taskMemoryManager().getMemoryConsumptionForThisTask();
            });

    assertThat(order).isEqualTo("0");
  }

  @Test
  void keepsItsBoundAndSpillsTheRest() {
    long spilled =
        inTask(
            task -> {
              try (RowQueue queue = queue(task, 10_000)) {
                for (int i = 0; i < 100; i++) {
                  queue.add(row(i, 1000));
                }
                return queue.spilledBytes();
              }
            });

    assertThat(spilled).isEqualTo(90 * 1000);
  }

  @Test
  void makesRoomForOtherOperatorsOfTheTask() {
    boolean granted =
        inTask(
            task -> {
              long all = SparkEnv.get().memoryManager().maxOnHeapStorageMemory();
              Greedy other = new Greedy(task);
              try (RowQueue queue = queue(task, Long.MAX_VALUE)) {
                for (int i = 0; i < 100; i++) {
                  queue.add(row(i, 100_000));
                }
                long got = other.acquireMemory(all);
                other.freeMemory(got);
                boolean ordered = true;
                for (int i = 0; i < 100; i++) {
                  ordered &= queue.remove().getInt(0) == i;
                }
                return ordered && queue.spilledBytes() == 100 * 100_000;
              }
            });

    assertThat(granted).isTrue();
  }

  /**
   * A view of one partition. Its text is not an expression, which the optimizer would compute above
   * the operator, so that no wide row would ever wait in it.
   */
  private static void createWideRows(int rows, int bytes) {
    session
        .range(0, rows, 1, 1)
        .map(
            (MapFunction<Long, String>) id -> "%06d".formatted(id) + "x".repeat(bytes - 6),
            Encoders.STRING())
        .selectExpr("CAST(substr(value, 1, 6) AS BIGINT) id", "value AS wide")
        .createOrReplaceTempView("wide");
  }

  @Test
  void wideRowsThatNeedNoPromptAreReadPastASlowOne() {
    createWideRows(400, 100_000);
    session.conf().set("spark.swiftkv.windowBytes", "1m");
    try {
      Dataset<Row> answers =
          session.sql(
              "SELECT id, length(wide) n, CASE WHEN id % 50 = 0 THEN ai_query('delay-30',"
                  + " concat('p', id)) END c FROM wide");

      assertThat(answers.collectAsList())
          .hasSize(400)
          .allSatisfy(row -> assertThat(row.getInt(1)).isEqualTo(100_000))
          .allSatisfy(
              row ->
                  assertThat(row.getString(2))
                      .isEqualTo(row.getLong(0) % 50 == 0 ? "C(p" + row.getLong(0) + ")" : null));
      assertThat(FakeEngines.byModel("delay-30").mostOpen.get()).isEqualTo(8);
    } finally {
      session.conf().unset("spark.swiftkv.windowBytes");
    }
  }

  /**
   * A gigabyte through one partition, every row with a prompt: without the bound, the 256 rows that
   * the window reads ahead would fill as many megabytes.
   */
  @Test
  void wideRowsOfALongPartitionFillNeitherWindowNorHeap() {
    createWideRows(1000, 1_000_000);
    session.conf().set("spark.swiftkv.windowBytes", "8m");
    HeapWatch watch = new HeapWatch();
    SpilledBytes spilled = new SpilledBytes();
    session.sparkContext().addSparkListener(spilled);
    try {
      Dataset<Row> lengths =
          session.sql(
              "SELECT sum(length(wide)) n, count(c) answers FROM (SELECT wide,"
                  + " ai_query('delay-30', concat('p', id)) c FROM wide)");

      Row all = watch.during(() -> lengths.first());

      assertThat(all.getLong(0)).isEqualTo(1_000_000_000L);
      assertThat(all.getLong(1)).isEqualTo(1000);
      assertThat(FakeEngines.byModel("delay-30").mostOpen.get()).isGreaterThan(100);
      // Listeners hear of a task a little after its query has ended.
      until(() -> spilled.bytes.get() > 100_000_000L);
      assertThat(watch.samples()).isGreaterThan(4);
      assertThat(watch.mostMebibytes()).isLessThan(64);
    } finally {
      session.sparkContext().removeSparkListener(spilled);
      session.conf().unset("spark.swiftkv.windowBytes");
    }
  }

  private static final class SpilledBytes extends SparkListener {
    final AtomicLong bytes = new AtomicLong();

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
      bytes.addAndGet(end.taskMetrics().diskBytesSpilled());
    }
  }

  /** Heap that is in use beyond what was before, without garbage. */
  private static final class HeapWatch {
    private final List<Long> used = Collections.synchronizedList(new ArrayList<>());

    <R> R during(Callable<R> work) {
      long before = usedAfterCollection();
      ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
      try {
        ScheduledFuture<?> ticks =
            timer.scheduleWithFixedDelay(
                () -> used.add(usedAfterCollection() - before), 0, 20, TimeUnit.MILLISECONDS);
        R result = work.call();
        assertThat(ticks.isDone()).isFalse();
        return result;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      } finally {
        timer.shutdownNow();
      }
    }

    private static long usedAfterCollection() {
      System.gc();
      return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    int samples() {
      return used.size();
    }

    long mostMebibytes() {
      return Collections.max(used) >> 20;
    }
  }
}
