package dev.swiftkv.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.benchmarks.report.Origin;
import dev.swiftkv.benchmarks.report.Report;
import dev.swiftkv.engine.Engine;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineRegistry;
import dev.swiftkv.engine.options.BuiltInModels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * What Spark costs: {@code ai_gen} over a table against the same engine given the same prompts
 * directly, in one JVM and in turns. The prefix cache is off, so that a later round has to compute
 * as much as an earlier one; the cache of answers is off for the same reason, and all prompts
 * differ, so that none is answered for another.
 */
@Command(name = "SparkOverhead", mixinStandardHelpOptions = true)
public final class SparkOverhead implements Callable<Integer> {
  private static final int MAX_TOKENS = 96;

  @Option(names = "--model", description = "Default: demo.")
  private String model = BuiltInModels.DEFAULT;

  @Option(
      names = "--data",
      description = "A table with the column prompt, as JSON lines. Default: the sample table.")
  private Path data =
      Path.of(System.getProperty("swiftkv.home", "."), "examples/data/documents.jsonl");

  @Option(names = "--rows", description = "Of the table, at most. Default: 240.")
  private int rows = 240;

  @Option(names = "--partitions", description = "Default: 2.")
  private int partitions = 2;

  @Option(names = "--rounds", description = "Default: 5, after one that is not counted.")
  private int rounds = 5;

  @Option(names = "--output", description = "Default: benchmarks/results.")
  private Path output = Path.of(System.getProperty("swiftkv.home", "."), "benchmarks/results");

  @Spec private CommandSpec spec;

  private SparkTurns turns;

  private SparkOverhead() {}

  /** Runs the benchmark. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new SparkOverhead()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException {
    Path table = Files.createTempFile("swiftkv-prompts", ".jsonl");
    List<String> all = Files.readAllLines(data);
    rows = Math.min(rows, all.size());
    List<String> lines = all.subList(0, rows);
    Files.write(table, lines);
    EngineConfig config =
        EngineConfig.forModel(BuiltInModels.resolve(model)).withPrefixCache(false);
    try (SparkSession spark =
            SparkTurns.session(partitions, model, MAX_TOKENS)
                .config("spark.swiftkv.resultCacheBytes", "0")
                .getOrCreate();
        EngineRegistry.Lease lease = EngineRegistry.shared().acquire(config)) {
      Engine engine = lease.engine();
      turns = new SparkTurns(engine, spec.commandLine().getErr());
      // Read once, so that the difference is not the parsing of JSON.
      Dataset<Row> prompts =
          spark.read().json(table.toString()).select("prompt").repartition(partitions).cache();
      prompts.count();
      for (int round = 0; round <= rounds; round++) {
        turns.measure(
            SparkTurns.ENGINE,
            round,
            () ->
                SparkTurns.complete(engine, lines.stream().map(SparkOverhead::prompt), MAX_TOKENS));
        turns.measure(
            SparkTurns.SPARK,
            round,
            () ->
                prompts
                    .selectExpr("ai_gen(prompt) AS answer")
                    .write()
                    .format("noop")
                    .mode("overwrite")
                    .save());
      }
      if (EngineRegistry.shared().size() != 1) {
        throw new IllegalStateException("Spark did not use the engine that was measured");
      }
    } finally {
      Files.delete(table);
    }
    report().write(output, "spark-overhead");
    return 0;
  }

  private static String prompt(String line) {
    try {
      JsonNode row = new ObjectMapper().readTree(line);
      return row.get("prompt").asText();
    } catch (IOException e) {
      throw new UncheckedIOException("A line of the table is no JSON", e);
    }
  }

  private Report report() {
    double bare = turns.median(SparkTurns.ENGINE);
    double spark = turns.median(SparkTurns.SPARK);
    return new Report(
        "What Spark costs",
        Origin.describe(
            "benchmarks/run SparkOverhead --rows %d --partitions %d --rounds %d"
                .formatted(rows, partitions, rounds)),
        List.of("subject", "tokens/s", "against the engine alone"),
        List.of(
            List.of("the engine alone", "%,.0f".formatted(bare), "1.000"),
            List.of("`ai_gen` over a table", "%,.0f".formatted(spark), format(spark / bare))),
        List.of(
            "Medians of %d rounds in turns; %d documents, prompt and completion tokens."
                .formatted(rounds, rows)),
        turns.measurements());
  }

  private static String format(double ratio) {
    return "%.3f".formatted(ratio);
  }
}
