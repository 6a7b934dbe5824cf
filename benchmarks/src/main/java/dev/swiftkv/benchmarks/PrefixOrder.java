package dev.swiftkv.benchmarks;

import dev.swiftkv.benchmarks.report.Origin;
import dev.swiftkv.benchmarks.report.Report;
import dev.swiftkv.engine.Engine;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineRegistry;
import dev.swiftkv.engine.EngineStats;
import dev.swiftkv.engine.options.BuiltInModels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
 * What keeping rows of equal prefixes together saves: {@code ai_gen(concat(document, question))}
 * over a shuffled table in which many questions share a document, with the rows as they come and
 * dealt out by prefix, and with room for the keys and values of all documents and of few. Counts
 * the prompt tokens that the engine computed and those that it found in its prefix cache.
 */
@Command(name = "PrefixOrder", mixinStandardHelpOptions = true)
public final class PrefixOrder implements Callable<Integer> {
  private static final int MAX_TOKENS = 2;

  /** Words of a sentence of a document, which is about as many tokens. */
  private static final String SENTENCE =
      "The customer %d of case %d wrote that lock %d does not open the door any more. ";

  @Option(names = "--model", description = "Default: demo.")
  private String model = BuiltInModels.DEFAULT;

  @Option(names = "--documents", description = "Default: 20.")
  private int documents = 20;

  @Option(names = "--questions", description = "Of each document. Default: 100.")
  private int questions = 100;

  @Option(names = "--sentences", description = "Of a document. Default: 16.")
  private int sentences = 16;

  @Option(names = "--partitions", description = "Default: 8.")
  private int partitions = 8;

  @Option(
      names = "--kv-tokens",
      split = ",",
      description = "Tokens that the KV cache holds. Default: 4096,65536.")
  private List<Integer> kvTokens = List.of(4_096, 65_536);

  @Option(names = "--output", description = "Default: benchmarks/results.")
  private Path output = Path.of(System.getProperty("swiftkv.home", "."), "benchmarks/results");

  @Spec private CommandSpec spec;

  private final List<Map<String, Object>> measurements = new ArrayList<>();
  private final List<List<String>> table = new ArrayList<>();

  private PrefixOrder() {}

  /** Runs the benchmark. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new PrefixOrder()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException {
    EngineConfig config = EngineConfig.forModel(BuiltInModels.resolve(model));
    long bytesPerToken;
    try (EngineRegistry.Lease lease = EngineRegistry.shared().acquire(config)) {
      bytesPerToken = lease.engine().model().kvBytesPerToken();
    }
    int run = 0;
    for (int tokens : kvTokens) {
      EngineConfig bounded = config.withKvCacheBytes(tokens * bytesPerToken);
      try (SparkSession spark = session(bounded);
          EngineRegistry.Lease lease = EngineRegistry.shared().acquire(bounded)) {
        for (boolean byPrefix : List.of(false, true)) {
          spark
              .conf()
              .set("spark.swiftkv.repartition", byPrefix ? String.valueOf(partitions) : "off");
          measure(spark, lease.engine(), tokens, byPrefix, run++);
        }
      }
    }
    report().write(output, "prefix-order");
    return 0;
  }

  private SparkSession session(EngineConfig config) {
    return SparkSession.builder()
        .master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.adaptive.enabled", "false")
        .config("spark.swiftkv.model", model)
        .config("spark.swiftkv.maxTokens", MAX_TOKENS)
        .config("spark.swiftkv.kvCacheBytes", config.kvCacheBytes())
        .getOrCreate();
  }

  /** Documents of a run are its own, so that it finds nothing of an earlier one. */
  private Dataset<Row> shuffled(SparkSession spark, int run) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < sentences; i++) {
      parts.add("'" + SENTENCE.formatted(i, run, i).replace("case", "document %s case") + "'");
    }
    String text = "concat(" + String.join(", ", parts) + ")";
    return spark
        .range(0, (long) documents * questions, 1, partitions)
        .selectExpr(
            "replace(%s, '%%s', CAST(id %% %d AS STRING)) AS document".formatted(text, documents),
            "concat('Question ', id, ': what is wrong?') AS question")
        .repartition(partitions)
        .cache();
  }

  private void measure(SparkSession spark, Engine engine, int tokens, boolean byPrefix, int run) {
    Dataset<Row> rows = shuffled(spark, run);
    rows.count();
    EngineStats before = engine.stats();
    long start = System.nanoTime();
    rows.selectExpr("ai_gen(concat(document, question)) AS answer")
        .write()
        .format("noop")
        .mode("overwrite")
        .save();
    double seconds = (System.nanoTime() - start) / 1e9;
    EngineStats after = engine.stats();
    rows.unpersist();
    add(
        tokens,
        byPrefix,
        after.promptTokens() - before.promptTokens(),
        after.cachedTokens() - before.cachedTokens(),
        after.failedRequests() - before.failedRequests(),
        seconds);
  }

  private void add(
      int tokens, boolean byPrefix, long computed, long cached, long failed, double seconds) {
    String order = byPrefix ? "by prefix" : "as they come";
    Map<String, Object> measurement = new LinkedHashMap<>();
    measurement.put("kv_tokens", tokens);
    measurement.put("order", order);
    measurement.put("computed_prompt_tokens", computed);
    measurement.put("cached_prompt_tokens", cached);
    measurement.put("failed", failed);
    measurement.put("seconds", seconds);
    measurements.add(measurement);
    table.add(
        List.of(
            "%,d".formatted(tokens),
            order,
            "%,d".formatted(computed),
            "%,d".formatted(cached),
            "%.3f".formatted((double) cached / (computed + cached)),
            "%.1f".formatted(seconds)));
    spec.commandLine().getErr().println(measurement);
  }

  private Report report() {
    return new Report(
        "Rows of equal prefixes together",
        Origin.describe(
            "benchmarks/run PrefixOrder --documents %d --questions %d --sentences %d --partitions %d"
                .formatted(documents, questions, sentences, partitions)),
        List.of(
            "KV cache, tokens",
            "rows",
            "prompt tokens computed",
            "from the prefix cache",
            "share",
            "seconds"),
        table,
        List.of(
            ("%,d prompts in shuffled order, %d documents with %d questions each; dealt out by"
                    + " `spark.swiftkv.repartition=%d`.")
                .formatted(documents * questions, documents, questions, partitions)),
        measurements);
  }
}
