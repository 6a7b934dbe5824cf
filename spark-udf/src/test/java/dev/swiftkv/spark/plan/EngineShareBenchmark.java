package dev.swiftkv.spark.plan;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.Engine;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineRegistry;
import dev.swiftkv.engine.EngineStats;
import dev.swiftkv.engine.Request;
import dev.swiftkv.spark.batch.SharedEngines;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.spark.sql.SparkSession;

/**
 * What {@code ai_gen} leaves of the bare engine's speed: the prompts of a JSON file, submitted at
 * once to the engine, and asked with SQL, in turns. Run {@code main} with the test class path and
 * Spark's module options; arguments: model, file.
 */
public final class EngineShareBenchmark {
  private static final int ROUNDS = 4;

  private EngineShareBenchmark() {}

  /** Prints tokens per second of both, round by round. */
  public static void main(String[] arguments) {
    PrintWriter out = new PrintWriter(System.out, /* autoFlush */ true, UTF_8);
    SparkSession session =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.swiftkv.model", arguments[0])
            .config("spark.swiftkv.prefixCache", "false")
            .config("spark.swiftkv.resultCacheBytes", "0")
            .config("spark.swiftkv.engineProvider", SharedEngines.class.getName())
            .getOrCreate();
    session.read().json(arguments[1]).repartition(2).cache().createOrReplaceTempView("prompts");
    List<String> prompts =
        session.sql("SELECT prompt FROM prompts").collectAsList().stream()
            .map(row -> row.getString(0))
            .toList();
    EngineConfig config = EngineConfig.forModel(Path.of(arguments[0])).withPrefixCache(false);
    try (EngineRegistry.Lease lease = EngineRegistry.shared().acquire(config)) {
      for (int round = 0; round < ROUNDS; round++) {
        double bare = tokensPerSecond(lease.engine(), () -> ask(lease.engine(), prompts));
        double sql =
            tokensPerSecond(
                lease.engine(),
                () ->
                    session
                        .sql("SELECT ai_gen(prompt) c FROM prompts")
                        .write()
                        .format("noop")
                        .mode("overwrite")
                        .save());
        out.printf("bare %8.0f tokens/s, SQL %8.0f, share %.3f%n", bare, sql, sql / bare);
      }
    }
    session.stop();
  }

  private static void ask(Engine engine, List<String> prompts) {
    List<CompletableFuture<Completion>> answers = new ArrayList<>();
    prompts.forEach(prompt -> answers.add(engine.submit(Request.of(prompt))));
    answers.forEach(CompletableFuture::join);
  }

  private static double tokensPerSecond(Engine engine, Runnable work) {
    EngineStats before = engine.stats();
    long start = System.nanoTime();
    work.run();
    double seconds = (System.nanoTime() - start) / 1e9;
    EngineStats after = engine.stats();
    long tokens =
        after.promptTokens()
            - before.promptTokens()
            + after.completionTokens()
            - before.completionTokens();
    return tokens / seconds;
  }
}
