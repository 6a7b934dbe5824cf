package dev.swiftkv.benchmarks;

import dev.swiftkv.benchmarks.report.Origin;
import dev.swiftkv.benchmarks.report.Report;
import dev.swiftkv.engine.Engine;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineRegistry;
import dev.swiftkv.engine.options.BuiltInModels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Whether memory stays flat over many rows, and what is left of the engine's speed. Generated
 * prompts, all different, go through {@code ai_gen} and to the engine alone, in turns and the same
 * ones to both; then a larger table goes through {@code ai_gen} while memory is watched.
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

  @Option(names = "--speed-rows", description = "Of one turn. Default: 30000.")
  private int speedRows = 30_000;

  @Option(names = "--rounds", description = "Default: 3, after a short one that is not counted.")
  private int rounds = 3;

  @Option(names = "--output", description = "Default: benchmarks/results.")
  private Path output = Path.of(System.getProperty("swiftkv.home", "."), "benchmarks/results");

  @Option(names = "--name", description = "Of the report. Default: spark-memory.")
  private String name = "spark-memory";

  @Spec private CommandSpec spec;

  private SparkTurns turns;
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
    try (SparkSession spark = SparkTurns.session(/* tasks */ 2, model, maxTokens).getOrCreate();
        EngineRegistry.Lease lease = EngineRegistry.shared().acquire(config)) {
      Engine engine = lease.engine();
      turns = new SparkTurns(engine, spec.commandLine().getErr());
      for (int round = 0; round <= rounds; round++) {
        long first = (long) round * speedRows;
        long end = first + (round == 0 ? Math.max(1, speedRows / 10) : speedRows);
        turns.measure(
            SparkTurns.ENGINE,
            round,
            () -> SparkTurns.complete(engine, prompts(first, end), maxTokens));
        turns.measure(SparkTurns.SPARK, round, () -> ask(spark, first, end));
      }
      long first = (rounds + 1L) * speedRows;
      try (MemorySamples samples = MemorySamples.start()) {
        memory = samples;
        ask(spark, first, first + rows);
      }
      report(engine).write(output, name);
    }
    return 0;
  }

  private void ask(SparkSession spark, long first, long end) {
    spark
        .sql(
            "SELECT id, ai_gen(concat('Row ', id, ': ', repeat('%s', %d))) c FROM range(%d, %d, 1, 2)"
                .formatted(WORDS, repeats, first, end))
        .write()
        .format("noop")
        .mode("overwrite")
        .save();
  }

  private Stream<String> prompts(long first, long end) {
    return LongStream.range(first, end).mapToObj(id -> "Row " + id + ": " + WORDS.repeat(repeats));
  }

  private Report report(Engine engine) {
    List<List<String>> table = new ArrayList<>();
    for (String kind : List.of("heap", "direct", "arrow", "resident")) {
      List<String> cells = new ArrayList<>(List.of(kind));
      memory.quarters(kind).forEach(mebibytes -> cells.add("%,.0f".formatted(mebibytes)));
      table.add(cells);
    }
    double bare = turns.median(SparkTurns.ENGINE);
    double sql = turns.median(SparkTurns.SPARK);
    List<Map<String, Object>> measurements = new ArrayList<>(turns.measurements());
    measurements.addAll(memory.all());
    return new Report(
        "Memory and speed of %,d rows through SQL".formatted(rows),
        Origin.describe(
            ("benchmarks/run SparkMemory --model %s --rows %d --repeats %d --max-tokens %d"
                    + " --speed-rows %d --rounds %d --name %s")
                .formatted(model, rows, repeats, maxTokens, speedRows, rounds, name)),
        List.of("most MiB in", "1st quarter", "2nd", "3rd", "4th"),
        table,
        List.of(
            "SQL %,.0f tokens/s, the engine alone %,.0f: %.3f of it. Medians of %d rounds of %,d"
                    .formatted(sql, bare, sql / bare, rounds, speedRows)
                + " rows in turns, prompt and completion tokens; %d rows failed."
                    .formatted(engine.stats().failedRequests()),
            "The heap may have %,d MiB. Resident memory has the keys and values in it too."
                .formatted(Runtime.getRuntime().maxMemory() >> 20)),
        measurements);
  }
}
