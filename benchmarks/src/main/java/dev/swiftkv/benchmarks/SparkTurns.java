package dev.swiftkv.benchmarks;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.Engine;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.Request;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/**
 * Speeds of an engine alone and of Spark over the same engine, in one JVM and in turns. Round 0
 * warms up and is not counted.
 */
final class SparkTurns {
  /** The subject that is given its prompts directly. */
  static final String ENGINE = "engine";

  /** The subject that goes through Spark. */
  static final String SPARK = "ai_gen";

  private final Engine engine;
  private final PrintWriter log;
  private final List<Map<String, Object>> measurements = new ArrayList<>();

  SparkTurns(Engine engine, PrintWriter log) {
    this.engine = engine;
    this.log = log;
  }

  /**
   * A session to measure in. The prefix cache is off, so that a later round has to compute as much
   * as an earlier one.
   */
  static SparkSession.Builder session(int tasks, String model, int maxTokens) {
    return SparkSession.builder()
        .master("local[" + tasks + "]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.swiftkv.model", model)
        .config("spark.swiftkv.maxTokens", maxTokens)
        .config("spark.swiftkv.prefixCache", "false");
  }

  /** Gives the engine all prompts at once and waits for their completions. */
  static void complete(Engine engine, Stream<String> prompts, int maxTokens) {
    GenerationOptions options = GenerationOptions.defaults().withMaxTokens(maxTokens);
    List<CompletableFuture<Completion>> completions = new ArrayList<>();
    prompts.forEach(
        prompt -> completions.add(engine.submit(new Request(new Prompt.Text(prompt), options))));
    completions.forEach(CompletableFuture::join);
  }

  /** Runs one turn. */
  void measure(String subject, int round, Runnable work) {
    long before = tokens();
    long start = System.nanoTime();
    work.run();
    double seconds = (System.nanoTime() - start) / 1e9;
    double speed = (tokens() - before) / seconds;
    log.printf("round %d %-8s %,10.0f tokens/s%n", round, subject, speed).flush();
    if (round > 0) {
      measurements.add(
          Map.of(
              "subject", subject, "round", round, "seconds", seconds, "tokens_per_second", speed));
    }
  }

  /** Every counted turn. */
  List<Map<String, Object>> measurements() {
    return List.copyOf(measurements);
  }

  /** Median over the rounds, tokens of prompts and completions a second. */
  double median(String subject) {
    double[] speeds =
        measurements.stream()
            .filter(turn -> turn.get("subject").equals(subject))
            .mapToDouble(turn -> (Double) turn.get("tokens_per_second"))
            .sorted()
            .toArray();
    return speeds[speeds.length / 2];
  }

  private long tokens() {
    return engine.stats().promptTokens() + engine.stats().completionTokens();
  }
}
