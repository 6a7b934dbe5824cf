package dev.swiftkv.engine.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.ModelSummary;
import java.io.PrintWriter;
import java.util.Locale;

/**
 * What a benchmark measured.
 *
 * @param firstTokenNanos median time from submission to the first token of one prompt alone
 * @param prefill every prompt with a single new token
 * @param generate the same prompts again, with all new tokens
 * @param shares of the time of the prefill
 * @param ceilingGflops rate of the model's widest product alone, measured in the same process
 */
record BenchResult(
    EngineConfig config,
    ModelSummary model,
    BenchPlan plan,
    long firstTokenNanos,
    BenchPhase prefill,
    BenchPhase generate,
    Shares shares,
    double ceilingGflops) {
  private static final double NANOS_PER_MILLISECOND = 1e6;

  /**
   * Where the time of an engine's steps went.
   *
   * @param gemm share of the matrix products
   * @param attention share of attention
   * @param rest share of everything else
   * @param gemmGflops rate of the matrix products
   */
  record Shares(double gemm, double attention, double rest, double gemmGflops) {}

  ObjectNode toJson(ObjectMapper mapper) {
    ObjectNode node = mapper.createObjectNode();
    node.put("model", config.model().toString());
    node.put("architecture", model.architecture());
    node.put("parameters", model.parameters());
    node.put("backend", model.backend());
    node.put("dtype", model.dtype());
    node.put("requests", plan.requests());
    node.put("prompt_tokens", plan.promptTokens());
    node.put("output_tokens", plan.outputTokens());
    node.put("shared_prefix", plan.sharedPrefix());
    node.put("step_tokens", config.stepTokens());
    node.put("max_sequences", config.maxSequences());
    node.put("time_to_first_token_ms", firstTokenNanos / NANOS_PER_MILLISECOND);
    node.put("prompt_tokens_per_second", prefill.promptTokensPerSecond());
    node.put("generated_tokens_per_second", generate.completionTokensPerSecond());
    node.set("prefill", phase(mapper, prefill));
    node.set("generate", phase(mapper, generate));
    node.putObject("prefill_share")
        .put("gemm", shares.gemm())
        .put("attention", shares.attention())
        .put("rest", shares.rest());
    node.put("gemm_gflops", shares.gemmGflops());
    node.put("gemm_ceiling_gflops", ceilingGflops);
    return node;
  }

  void print(PrintWriter out) {
    line(out, "model", "%s, %,d parameters", model.architecture(), model.parameters());
    line(out, "device", "%s, %s", model.backend(), model.dtype());
    line(
        out,
        "work",
        "%d prompts of %,d tokens (%,d in common), %,d new tokens each",
        plan.requests(),
        plan.promptTokens(),
        plan.sharedPrefix(),
        plan.outputTokens());
    line(
        out,
        "steps",
        "at most %,d tokens of %,d sequences",
        config.stepTokens(),
        config.maxSequences());
    line(
        out,
        "first token",
        "%.1f ms for one prompt alone",
        firstTokenNanos / NANOS_PER_MILLISECOND);
    line(
        out,
        "prompts",
        "%,.0f tokens/s (%,d computed, %,d from the prefix cache, %.2f s)",
        prefill.promptTokensPerSecond(),
        prefill.promptTokens() - prefill.cachedTokens(),
        prefill.cachedTokens(),
        prefill.seconds());
    line(
        out,
        "completions",
        "%,.0f tokens/s (%,d generated, %,d prompt tokens computed, %.2f s)",
        generate.completionTokensPerSecond(),
        generate.completionTokens(),
        generate.promptTokens() - generate.cachedTokens(),
        generate.seconds());
    line(
        out,
        "time",
        "GEMM %.1f %%, attention %.1f %%, rest %.1f %% of the prefill's steps",
        percent(shares.gemm()),
        percent(shares.attention()),
        percent(shares.rest()));
    line(
        out,
        "GEMM",
        "%,.0f GFLOP/s; ceiling %,.0f, the widest product alone",
        shares.gemmGflops(),
        ceilingGflops);
  }

  private static ObjectNode phase(ObjectMapper mapper, BenchPhase phase) {
    return mapper
        .createObjectNode()
        .put("seconds", phase.seconds())
        .put("prompt_tokens", phase.promptTokens())
        .put("cached_tokens", phase.cachedTokens())
        .put("completion_tokens", phase.completionTokens());
  }

  private static double percent(double share) {
    return 100 * share;
  }

  private static void line(PrintWriter out, String name, String format, Object... values) {
    out.printf(Locale.ROOT, "%-12s %s%n", name, String.format(Locale.ROOT, format, values));
  }
}
