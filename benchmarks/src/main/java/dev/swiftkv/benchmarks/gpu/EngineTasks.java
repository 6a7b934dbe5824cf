package dev.swiftkv.benchmarks.gpu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.Engine;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.Request;
import dev.swiftkv.engine.config.ModelConfig;
import dev.swiftkv.engine.runtime.ResidentEngine;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/** A whole engine under load: scheduler, forward pass, sampling. One is open at a time. */
final class EngineTasks implements AutoCloseable {
  private static final double NANOS_PER_SECOND = 1e9;

  private final String device;
  private Engine engineOrNull;
  private int vocabulary;

  EngineTasks(String device) {
    this.device = device;
  }

  /** Opens {@code model} with {@code kv_cache_bytes} for at most {@code sequences} at once. */
  void open(JsonNode request, ObjectNode answer) {
    close();
    Path model = Path.of(request.required("model").asText());
    EngineConfig config =
        new EngineConfig(
            model,
            device,
            0,
            "bf16",
            0,
            request.path("step_tokens").asInt(),
            request.required("sequences").asInt(),
            request.required("kv_cache_bytes").asLong(),
            0,
            true);
    vocabulary = ModelConfig.read(model).vocabularySize();
    long start = System.nanoTime();
    engineOrNull = ResidentEngine.open(config);
    answer.put("seconds", (System.nanoTime() - start) / NANOS_PER_SECOND);
    answer.put("backend", engineOrNull.model().backend());
    answer.put("parameters", engineOrNull.model().parameters());
  }

  /** Reads {@code prompts} new prompts of {@code prompt_tokens} and generates one token of each. */
  void prefill(JsonNode request, ObjectNode answer) {
    int length = request.required("prompt_tokens").asInt();
    int prompts = request.required("prompts").asInt();
    long steps = engine().stats().steps();
    double seconds = run(prompts(request, prompts, length), 1);
    answer.put("seconds", seconds);
    answer.put("tokens", (long) prompts * length);
    answer.put("engine_steps", engine().stats().steps() - steps);
  }

  /**
   * The time of a step in which {@code sequences} decode at a context of about {@code context}: the
   * difference between long and short completions of prompts that the cache holds, so that what
   * both have in common cancels out.
   */
  void decode(JsonNode request, ObjectNode answer) {
    int context = request.required("context").asInt();
    int steps = request.required("steps").asInt();
    List<Prompt> prompts = prompts(request, request.required("sequences").asInt(), context);
    run(prompts, 2);
    double[] perStep = new double[request.required("rounds").asInt()];
    for (int round = 0; round < perStep.length; round++) {
      double few = run(prompts, 2);
      perStep[round] = (run(prompts, 2 + steps) - few) / steps;
    }
    answer.put("seconds", Stopwatch.median(perStep));
    answer.put("least_seconds", Arrays.stream(perStep).min().orElseThrow());
  }

  /** Ends the engine. */
  void close(JsonNode request, ObjectNode answer) {
    answer.put("was_open", engineOrNull != null);
    close();
  }

  @Override
  public void close() {
    if (engineOrNull != null) {
      engineOrNull.close();
      engineOrNull = null;
    }
  }

  private Engine engine() {
    if (engineOrNull == null) {
      throw new IllegalStateException("No model is open; send {\"do\": \"open\"} first");
    }
    return engineOrNull;
  }

  private List<Prompt> prompts(JsonNode request, int count, int length) {
    long seed = request.required("seed").asLong();
    return IntStream.range(0, count)
        .mapToObj(i -> Prompts.prompt(seed + i, length, vocabulary))
        .<Prompt>map(ids -> new Prompt.Tokens(Arrays.stream(ids).boxed().toList()))
        .toList();
  }

  private double run(List<Prompt> prompts, int maxTokens) {
    GenerationOptions options = GenerationOptions.defaults().withMaxTokens(maxTokens);
    long start = System.nanoTime();
    List<CompletableFuture<Completion>> open =
        prompts.stream().map(prompt -> engine().submit(new Request(prompt, options))).toList();
    for (CompletableFuture<Completion> one : open) {
      Completion completion = one.join();
      if (completion.completionTokens() != maxTokens) {
        throw new IllegalStateException(
            "A completion of %d tokens has %d: %s"
                .formatted(maxTokens, completion.completionTokens(), completion.error()));
      }
    }
    return (System.nanoTime() - start) / NANOS_PER_SECOND;
  }
}
