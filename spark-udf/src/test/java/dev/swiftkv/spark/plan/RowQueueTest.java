package dev.swiftkv.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.spark.FakeEngines;
import dev.swiftkv.spark.Sessions;
import java.util.List;
import java.util.Random;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.memory.MemoryConsumer;
import org.apache.spark.memory.MemoryMode;
import org.apache.spark.sql.Dataset;
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

  @Test
  void wideRowsThatNeedNoPromptAreReadPastASlowOne() {
    session.conf().set("spark.swiftkv.windowBytes", "1m");
    try {
      Dataset<Row> answers =
          session.sql(
              "SELECT id, length(wide) n, CASE WHEN id % 50 = 0 THEN ai_query('delay-30',"
                  + " concat('p', id)) END c FROM (SELECT id, repeat('x', 100000) wide FROM"
                  + " range(0, 400, 1, 1))");

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
}
