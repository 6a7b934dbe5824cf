package dev.swiftkv.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.benchmarks.report.Origin;
import dev.swiftkv.benchmarks.report.Report;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Prompt speed of a plain and of a SwiftKV model of about one billion parameters, and of another
 * engine on the plain one. Every measurement is a process of its own; the subjects take turns, so
 * that a busy machine slows all of them.
 */
@Command(name = "Prefill", mixinStandardHelpOptions = true)
public final class Prefill implements Callable<Integer> {
  private static final List<String> SHAPE =
      List.of(
          "--layers",
          "16",
          "--hidden",
          "2048",
          "--intermediate",
          "8192",
          "--heads",
          "32",
          "--kv-heads",
          "8",
          "--vocabulary",
          "32000",
          "--context",
          "16384");

  private static final String PLAIN = "plain";
  private static final String SWIFTKV = "SwiftKV, l = L/2";
  private static final String PEER = "transformers + torch, plain";

  @Option(names = "--models", description = "Where the checkpoints are, or are made: 5 GB.")
  private Path models = home().resolve("benchmarks/target/models");

  @Option(names = "--peer", description = "Python with benchmarks/peers/requirements.txt.")
  private Path peer;

  @Option(names = "--prompt-tokens", split = ",", description = "Default: 1024,8192.")
  private List<Integer> promptTokens = List.of(1024, 8192);

  @Option(names = "--rounds", description = "Default: 3.")
  private int rounds = 3;

  @Option(names = "--output", description = "Default: benchmarks/results.")
  private Path output = home().resolve("benchmarks/results");

  @Spec private CommandSpec spec;

  private final List<Map<String, Object>> measurements = new ArrayList<>();

  private Prefill() {}

  /** Runs the benchmark. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Prefill()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path plain = model("llama");
    Path swiftKv = model("llama-swiftkv");
    for (int round = 0; round < rounds; round++) {
      for (int tokens : promptTokens) {
        bench(PLAIN, plain, tokens);
        bench(SWIFTKV, swiftKv, tokens);
        if (peer != null) {
          List<String> command =
              List.of(
                  peer.toString(),
                  home().resolve("benchmarks/peers/transformers_prefill.py").toString(),
                  "--model",
                  plain.toString(),
                  "--prompt-tokens",
                  String.valueOf(tokens));
          measure(PEER, tokens, command);
        }
      }
    }
    report().write(output, "prefill-" + joined("-"));
    return 0;
  }

  /** Makes a checkpoint unless an earlier run did. */
  private Path model(String family) throws IOException, InterruptedException {
    Path directory = models.resolve(family + "-1b");
    if (!Files.exists(directory.resolve("config.json"))) {
      List<String> command = swiftkv("make-model");
      command.addAll(List.of("--family", family, "--output", directory.toString()));
      command.addAll(SHAPE);
      run(command);
    }
    return directory;
  }

  private void bench(String subject, Path model, int tokens)
      throws IOException, InterruptedException {
    // About 8,192 prompt tokens whatever their length, so that every measurement takes seconds.
    int requests = Math.max(1, 8192 / tokens);
    List<String> command = swiftkv("bench");
    command.addAll(List.of("--model", model.toString(), "--json", "--output-tokens", "1"));
    command.addAll(List.of("--prompt-tokens", String.valueOf(tokens)));
    command.addAll(List.of("--requests", String.valueOf(requests)));
    measure(subject, tokens, command);
  }

  @SuppressWarnings("unchecked")
  private void measure(String subject, int tokens, List<String> command)
      throws IOException, InterruptedException {
    Map<String, Object> measurement = new LinkedHashMap<>();
    measurement.put("subject", subject);
    measurement.put("prompt_tokens", tokens);
    measurement.putAll(new ObjectMapper().convertValue(run(command), Map.class));
    // Where the checkpoint lay on this machine tells nobody else anything.
    measurement.remove("model");
    measurements.add(measurement);
    spec.commandLine()
        .getErr()
        .printf(
            "%-30s %,6d tokens a prompt %,8.0f tokens/s%n",
            subject, tokens, (Double) measurement.get("prompt_tokens_per_second"));
    spec.commandLine().getErr().flush();
  }

  /** Runs a command whose last line of output is JSON, or anything where nobody looks at it. */
  private static JsonNode run(List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("failed: " + String.join(" ", command));
    }
    String[] lines = out.strip().split("\n", -1);
    String last = lines[lines.length - 1];
    return new ObjectMapper().readTree(last.startsWith("{") ? last : "{}");
  }

  private static List<String> swiftkv(String subcommand) {
    return new ArrayList<>(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            "dev.swiftkv.spark.cli.Main",
            subcommand));
  }

  private Report report() {
    List<List<String>> rows = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    for (int tokens : promptTokens) {
      for (String subject : List.of(PLAIN, SWIFTKV, PEER)) {
        double speed = median(subject, tokens, "/prompt_tokens_per_second");
        if (!Double.isNaN(speed)) {
          rows.add(
              List.of(
                  "%,d".formatted(tokens),
                  subject,
                  "%,.0f".formatted(speed),
                  "%.2f".formatted(speed / median(PLAIN, tokens, "/prompt_tokens_per_second")),
                  percent(median(subject, tokens, "/prefill_share/gemm")),
                  percent(median(subject, tokens, "/prefill_share/attention")),
                  percent(median(subject, tokens, "/prefill_share/rest")),
                  number(median(subject, tokens, "/gemm_gflops")),
                  number(median(subject, tokens, "/gemm_ceiling_gflops"))));
        }
      }
    }
    notes.add(
        "Medians of %d rounds; the subjects take turns. 16 layers, width 2,048, feed-forward 8,192,"
                .formatted(rounds)
            + " 32 query and 8 key-value heads, vocabulary 32,000, bfloat16 where the processor"
            + " has it.");
    String command =
        "benchmarks/run Prefill --prompt-tokens %s --rounds %d%s"
            .formatted(joined(","), rounds, peer == null ? "" : " --peer PYTHON");
    return new Report(
        "Prefill of a model of 1.1 billion parameters",
        Origin.describe(command),
        List.of(
            "prompt tokens",
            "subject",
            "prompt tokens/s",
            "against plain",
            "GEMM",
            "attention",
            "rest",
            "GEMM GFLOP/s",
            "ceiling GFLOP/s"),
        rows,
        notes,
        measurements);
  }

  private String joined(String separator) {
    return promptTokens.stream().map(String::valueOf).collect(Collectors.joining(separator));
  }

  private double median(String subject, int tokens, String pointer) {
    ObjectMapper mapper = new ObjectMapper();
    double[] values =
        measurements.stream()
            .filter(m -> m.get("subject").equals(subject) && m.get("prompt_tokens").equals(tokens))
            .map(m -> mapper.valueToTree(m).at(pointer))
            .filter(JsonNode::isNumber)
            .mapToDouble(JsonNode::doubleValue)
            .sorted()
            .toArray();
    return values.length == 0 ? Double.NaN : values[values.length / 2];
  }

  private static String percent(double share) {
    return Double.isNaN(share) ? "" : "%.0f %%".formatted(100 * share);
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "" : "%,.0f".formatted(value);
  }

  private static Path home() {
    return Path.of(System.getProperty("swiftkv.home", "."));
  }
}
