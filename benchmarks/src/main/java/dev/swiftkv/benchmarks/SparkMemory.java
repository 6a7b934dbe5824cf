package dev.swiftkv.benchmarks;

import dev.swiftkv.benchmarks.report.Origin;
import dev.swiftkv.benchmarks.report.Report;
import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.Engine;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineRegistry;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.Request;
import dev.swiftkv.engine.options.BuiltInModels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Whether memory stays flat over many rows, and what is left of the engine's speed: a generated
 * table of distinct prompts through {@code ai_gen}, then the same prompts to the engine alone.
 */
@Command(name = "SparkMemory", mixinStandardHelpOptions = true)
public final class SparkMemory implements Callable<Integer> {
  private static final String WORDS = "what the customer wrote, again and again; ";

  @Option(names = "--model", description = "Default: demo.")
  private String model = BuiltInModels.DEFAULT;

  @Option(names = "--rows", description = "Default: 100000.")
  private int rows = 100_000;

  @Option(names = "--repeats", description = "Length of a prompt in phrases. Default: 2.")
  private int repeats = 2;

  @Option(names = "--max-tokens", description = "Default: 2.")
  private int maxTokens = 2;

  @Option(names = "--output", description = "Default: benchmarks/results.")
  private Path output = Path.of(System.getProperty("swiftkv.home", "."), "benchmarks/results");

  @Option(names = "--name", description = "Of the report. Default: spark-memory.")
  private String name = "spark-memory";

  private MemorySamples memory;

  private SparkMemory() {}

  /** Runs the benchmark. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new SparkMemory()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException {
    EngineConfig config =
        EngineConfig.forModel(BuiltInModels.resolve(model)).withPrefixCache(false);
    try (SparkSession spark = session();
        EngineRegistry.Lease lease = EngineRegistry.shared().acquire(config)) {
      tokensPerSecond(lease.engine(), () -> ask(spark, Math.max(1, rows / 20), rows));
      memory = MemorySamples.start();
      double sql = tokensPerSecond(lease.engine(), () -> ask(spark, rows, 0));
      memory.close();
      double bare = tokensPerSecond(lease.engine(), () -> complete(lease.engine()));
      report(lease.engine(), bare, sql).write(output, name);
    }
    return 0;
  }

  private SparkSession session() {
    return SparkSession.builder()
        .master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.swiftkv.model", model)
        .config("spark.swiftkv.maxTokens", maxTokens)
        .config("spark.swiftkv.prefixCache", "false")
        .getOrCreate();
  }

  private void ask(SparkSession spark, int count, int first) {
    spark
        .sql(
            "SELECT id, ai_gen(concat('Row ', id, ': ', repeat('%s', %d))) c FROM range(%d, %d, 1, 2)"
                .formatted(WORDS, repeats, first, first + count))
        .write()
        .format("noop")
        .mode("overwrite")
        .save();
  }

  private void complete(Engine engine) {
    GenerationOptions options = GenerationOptions.defaults().withMaxTokens(maxTokens);
    List<CompletableFuture<Completion>> completions = new ArrayList<>();
    for (int id = 0; id < rows; id++) {
      String prompt = "Row " + id + ": " + WORDS.repeat(repeats);
      completions.add(engine.submit(new Request(Request.of(prompt).prompt(), options)));
    }
    completions.forEach(CompletableFuture::join);
  }

  private static double tokensPerSecond(Engine engine, Runnable work) {
    long before = tokens(engine);
    long start = System.nanoTime();
    work.run();
    return (tokens(engine) - before) / ((System.nanoTime() - start) / 1e9);
  }

  private static long tokens(Engine engine) {
    return engine.stats().promptTokens() + engine.stats().completionTokens();
  }

  private Report report(Engine engine, double bare, double sql) {
    List<List<String>> table = new ArrayList<>();
    for (String kind : List.of("heap", "direct", "arrow", "resident")) {
      List<String> cells = new ArrayList<>(List.of(kind));
      memory.quarters(kind).forEach(mebibytes -> cells.add("%,.0f".formatted(mebibytes)));
      table.add(cells);
    }
    long failed = engine.stats().failedRequests();
    return new Report(
        "Memory and speed of %,d rows through SQL".formatted(rows),
        Origin.describe(
            "benchmarks/run SparkMemory --rows %d --repeats %d --max-tokens %d"
                .formatted(rows, repeats, maxTokens)),
        List.of("most MiB in", "1st quarter", "2nd", "3rd", "4th"),
        table,
        List.of(
            "SQL %,.0f tokens/s, the engine alone %,.0f: %.3f of it; %d rows failed."
                .formatted(sql, bare, sql / bare, failed)),
        memory.all());
  }
}
