package dev.swiftkv.engine.cli;

import dev.swiftkv.engine.Engine;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.ModelSummary;
import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.config.ModelConfig;
import dev.swiftkv.engine.runtime.ResidentEngine;
import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.Backends;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.GemmCeiling;
import dev.swiftkv.kernels.OpsTimings;
import dev.swiftkv.kernels.TimedBackend;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** Measures one engine, without Spark around it. */
final class Benchmark {
  private static final int FIRST_TOKEN_RUNS = 3;
  private static final long WARM_UP_SEED = 1_000_000;
  private static final long FIRST_TOKEN_SEED = 2_000_000;
  private static final long PROMPT_SEED = 3_000_000;
  private static final long SHARES_SEED = 4_000_000;

  private final EngineConfig config;
  private final BenchPlan plan;
  private final ModelConfig model;
  private final Consumer<String> progress;

  /** A benchmark of a configuration; progress gets a line for each part. */
  Benchmark(EngineConfig config, BenchPlan plan, Consumer<String> progress) {
    this.plan = plan;
    this.model = ModelConfig.read(config.model());
    this.config = BenchCache.sized(config, model, plan);
    this.progress = progress;
  }

  /** Runs it. Futures complete on the engine's thread, so its timings can be read after them. */
  BenchResult run() {
    AtomicReference<TimedBackend> timed = new AtomicReference<>();
    progress.accept("loading " + config.model());
    BenchResult result;
    try (Engine engine =
        ResidentEngine.open(
            config,
            backend -> {
              timed.set(new TimedBackend(backend));
              return timed.get();
            })) {
      result = measure(engine, timed.get(), config.settledFor(timed.get()));
    }
    return result;
  }

  private BenchResult measure(Engine engine, TimedBackend device, EngineConfig settled) {
    device.pause();
    progress.accept("warming up");
    BenchPhase.run(
        engine, prompts(plan.requests(), WARM_UP_SEED), Math.min(2, plan.outputTokens()));
    progress.accept("time to first token");
    long[] firstTokens = new long[FIRST_TOKEN_RUNS];
    for (int i = 0; i < FIRST_TOKEN_RUNS; i++) {
      firstTokens[i] = BenchPhase.run(engine, prompts(1, FIRST_TOKEN_SEED + i), 1).nanos();
    }
    Arrays.sort(firstTokens);
    List<Prompt> prompts = plan.prompts(model, plan.requests(), plan.sharedPrefix(), PROMPT_SEED);
    progress.accept("prompts");
    // Waiting for each operation costs nothing where none runs in the background.
    boolean timingDisturbs = device.ops().runsInBackground();
    TimedPhase prefill =
        timingDisturbs
            ? new TimedPhase(BenchPhase.run(engine, prompts, 1), null)
            : timed(engine, device, prompts);
    progress.accept("completions");
    BenchPhase generate = BenchPhase.run(engine, prompts, plan.outputTokens());
    BenchResult.Shares shares = prefill.sharesOrNull();
    if (timingDisturbs) {
      progress.accept("where the time goes");
      shares = timed(engine, device, prompts(plan.requests(), SHARES_SEED)).sharesOrNull();
    }
    ModelSummary summary = engine.model();
    progress.accept("GEMM ceiling");
    return new BenchResult(
        settled,
        summary,
        plan,
        firstTokens[FIRST_TOKEN_RUNS / 2],
        prefill.phase(),
        generate,
        shares,
        ceiling(summary.dtype(), settled.stepTokens()));
  }

  /** Prompts that were run, and where their time went if it was looked at. */
  private record TimedPhase(BenchPhase phase, BenchResult.Shares sharesOrNull) {}

  private static TimedPhase timed(Engine engine, TimedBackend device, List<Prompt> prompts) {
    device.resume();
    device.timings().clear();
    long busyBefore = engine.stats().busyNanos();
    BenchPhase phase = BenchPhase.run(engine, prompts, 1);
    long busy = engine.stats().busyNanos() - busyBefore;
    device.pause();
    return new TimedPhase(phase, shares(device.timings(), busy));
  }

  private List<Prompt> prompts(int count, long seed) {
    return plan.prompts(model, count, 0, seed);
  }

  private static BenchResult.Shares shares(OpsTimings timings, long busyNanos) {
    double all = Math.max(busyNanos, Math.max(1, timings.totalNanos()));
    double gemm = timings.productNanos() / all;
    double attention = timings.attentionNanos() / all;
    return new BenchResult.Shares(gemm, attention, 1 - gemm - attention, timings.productGflops());
  }

  /** The widest product of a layer, on a device of its own: the engine's belongs to its thread. */
  private double ceiling(String dtype, int stepTokens) {
    BackendOptions options =
        new BackendOptions(Long.MAX_VALUE, config.threads(), config.deviceIndex());
    try (Backend backend = Backends.open(config.device(), options)) {
      return GemmCeiling.gflops(
          backend,
          DType.valueOf(dtype.toUpperCase(Locale.ROOT)),
          stepTokens,
          model.hiddenSize(),
          2 * model.intermediateSize());
    }
  }
}
