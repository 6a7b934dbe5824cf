package dev.swiftkv.spark.plan;

import static org.apache.spark.sql.functions.expr;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.spark.FakeEngine;
import dev.swiftkv.spark.FakeEngines;
import dev.swiftkv.spark.Sessions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls in micro-batches: a row is asked in its batch and never again. */
class StreamingTest {
  private static SparkSession session;

  @TempDir Path folder;

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
    session.conf().set("spark.swiftkv.resultCacheBytes", "0");
    session.conf().set("spark.sql.shuffle.partitions", "2");
  }

  private static int prompts() {
    FakeEngine engine = FakeEngines.byModel("demo");
    return engine == null ? 0 : engine.asked.size();
  }

  /** One file of ten rows. */
  private void arrive(int from) {
    session
        .range(from, from + 10, 1, 1)
        .selectExpr("id", "concat('message ', id) message", "concat('kind ', id % 3) kind")
        .write()
        .mode("append")
        .parquet(folder.resolve("in").toString());
  }

  private Dataset<Row> messages() {
    return session
        .readStream()
        .schema("id BIGINT, message STRING, kind STRING")
        .option("maxFilesPerTrigger", 1)
        .parquet(folder.resolve("in").toString());
  }

  private void runToEnd(DataStreamWriter<Row> writer) throws Exception {
    StreamingQuery query =
        writer
            .option("checkpointLocation", folder.resolve("checkpoint").toString())
            .trigger(Trigger.AvailableNow())
            .start();
    query.awaitTermination();
  }

  @Test
  void everyRowIsAskedInItsBatchAndNotAgainAfterARestart() throws Exception {
    arrive(0);
    arrive(10);
    Dataset<Row> answers =
        messages()
            .selectExpr("id", "CASE WHEN id % 2 = 0 THEN ai_gen(message) END c", "ai_gen(kind) u");
    String out = folder.resolve("out").toString();
    runToEnd(answers.select("id", "c").writeStream().format("parquet").option("path", out));
    assertThat(prompts()).isEqualTo(10);

    arrive(20);
    runToEnd(answers.select("id", "c").writeStream().format("parquet").option("path", out));

    assertThat(prompts()).isEqualTo(15);
    assertThat(session.read().parquet(out).where("c = concat('C(message ', id, ')')").count())
        .isEqualTo(15);
    assertThat(session.read().parquet(out).count()).isEqualTo(30);
  }

  @Test
  void stateOverAnswersIsKeptBetweenBatches() throws Exception {
    arrive(0);
    arrive(10);
    runToEnd(
        messages()
            .groupBy(expr("ai_gen(kind)").as("c"))
            .count()
            .writeStream()
            .outputMode("complete")
            .queryName("kinds")
            .format("memory"));

    assertThat(ShapeTables.rows(session.table("kinds")))
        .containsExactly("[C(kind 0),7]", "[C(kind 1),7]", "[C(kind 2),6]");
    assertThat(prompts()).isBetween(3, 6);
  }

  @Test
  void twoActionsOnABatchAskOnceWhenItIsPersisted() throws Exception {
    arrive(0);
    arrive(10);
    List<Long> counts = new ArrayList<>();
    VoidFunction2<Dataset<Row>, Long> twice =
        (batch, id) -> {
          Dataset<Row> kept = batch.persist();
          counts.add(kept.where("c LIKE 'C(%'").count());
          counts.add((long) kept.collectAsList().size());
          kept.unpersist();
        };
    runToEnd(messages().selectExpr("id", "ai_gen(message) c").writeStream().foreachBatch(twice));

    assertThat(counts).containsExactly(10L, 10L, 10L, 10L);
    assertThat(prompts()).isEqualTo(20);
  }

  @Test
  void twoActionsOnABatchAskOnceWhileTheResultCacheHoldsIt() throws Exception {
    session.conf().set("spark.swiftkv.resultCacheBytes", "64m");
    arrive(0);
    VoidFunction2<Dataset<Row>, Long> twice =
        (batch, id) -> {
          batch.collectAsList();
          batch.collectAsList();
        };
    runToEnd(messages().selectExpr("id", "ai_gen(message) c").writeStream().foreachBatch(twice));

    assertThat(prompts()).isEqualTo(10);
  }
}
