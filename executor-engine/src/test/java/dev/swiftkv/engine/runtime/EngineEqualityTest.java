package dev.swiftkv.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.SamplingParams;
import dev.swiftkv.engine.SharedFiles;
import dev.swiftkv.engine.generate.CheckpointGenerator;
import dev.swiftkv.engine.generate.CheckpointSpec;
import dev.swiftkv.engine.runtime.LogitsProbe.Answer;
import dev.swiftkv.kernels.Backends;
import dev.swiftkv.kernels.cuda.EmulatedMachine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A row's answer depends on the row alone: not on the size of the steps that its prompt was cut
 * into, not on what shared them, not on what came from the cache. Bitwise, on every device.
 */
final class EngineEqualityTest {
  private static final int VOCABULARY = 320;
  private static final int NEW_TOKENS = 6;
  private static final GenerationOptions GREEDY =
      GenerationOptions.defaults().withMaxTokens(NEW_TOKENS);
  private static final GenerationOptions SAMPLED =
      GREEDY.withSampling(new SamplingParams(0.8f, 0.95f, 50, 0.01f, 1.3f, 42L));

  @RegisterExtension
  static final EmulatedMachine GPU = EmulatedMachine.orNone("capability=9.0 threads=2");

  // One directory for all runs: checkpoints are made once.
  @TempDir private static Path directory;

  private static EngineConfig config(String device, String dtype, String family, int group) {
    assumeTrue(
        Backends.describe().matches("(?s)(.*, )?" + device + "(,.*)?"),
        () -> "Skipped: device %s is not here: %s".formatted(device, Backends.describe()));
    Path checkpoint =
        family.equals("shipped")
            ? SharedFiles.demonstrationModel()
            : directory.resolve(family + group + (isEmulated(device) ? "gpu" : ""));
    if (!Files.exists(checkpoint)) {
      CheckpointGenerator.generate(
          CheckpointSpec.of(family)
              .vocabularySize(VOCABULARY)
              .hiddenSize(48)
              .intermediateSize(80)
              .heads(4)
              .kvHeads(2)
              .headSize(isEmulated(device) ? 64 : 16)
              .layers(family.equals("llama-swiftkv") ? 6 : 3)
              .keyValueLayers(family.equals("llama-swiftkv") ? 2 : 0)
              .keyValueGroupSize(group)
              .contextLength(1024)
              .seed(7)
              .build(),
          checkpoint);
    }
    return EngineConfig.forModel(checkpoint)
        .withDevice(device)
        .withDtype(dtype)
        .withKvCacheBytes(16L << 20);
  }

  /** Such a device takes its time. */
  private static boolean isEmulated(String device) {
    return device.equals("cuda");
  }

  private static int[] prompt(int seed, int length) {
    return new Random(seed).ints(length, 3, VOCABULARY).toArray();
  }

  /** Prompts of all lengths; every second one begins like the one before it. */
  private static List<int[]> mixedPrompts(int count) {
    List<int[]> prompts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int[] ids = prompt(i, 1 + i * 37 % 150);
      if (i % 2 == 1) {
        int[] before = prompts.get(i - 1);
        System.arraycopy(before, 0, ids, 0, Math.min(ids.length, before.length) * 3 / 4);
      }
      prompts.add(ids);
    }
    return prompts;
  }

  @ParameterizedTest
  @CsvSource({
    "scalar,f32,llama,1",
    "scalar,bf16,qwen2,1",
    "scalar,f32,llama-swiftkv,2",
    "scalar,bf16,llama-swiftkv,1",
    "cpu,f32,llama,1",
    "cpu,bf16,qwen2,1",
    "cpu,f32,llama-swiftkv,1",
    "cpu,bf16,llama-swiftkv,2",
    "cpu,f32,shipped,1",
    "cpu,bf16,shipped,1",
    "cuda,f32,llama,1",
    "cuda,bf16,llama-swiftkv,1",
    "cuda,bf16,qwen2,1"
  })
  void aPromptInPiecesIsThePromptInOne(String device, String dtype, String family, int group) {
    EngineConfig config = config(device, dtype, family, group).withPrefixCache(false);
    int longest = isEmulated(device) ? 150 : 600;
    List<int[]> prompts = List.of(prompt(1, longest), prompt(2, 64), prompt(3, 1));
    List<Answer> whole;
    try (LogitsProbe probe = new LogitsProbe(config.withStepTokens(1024))) {
      whole = probe.answer(prompts, GREEDY);
    }
    int[] steps = isEmulated(device) ? new int[] {7, 64, 130} : new int[] {1, 7, 16, 64, 513};
    for (int stepTokens : steps) {
      try (LogitsProbe probe = new LogitsProbe(config.withStepTokens(stepTokens))) {
        List<Answer> pieces = probe.answer(prompts, GREEDY);
        assertThat(probe.largestStep()).isLessThanOrEqualTo(stepTokens);
        for (int i = 0; i < prompts.size(); i++) {
          whole.get(i).assertSame(pieces.get(i), "prompt %d, steps of %d".formatted(i, stepTokens));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "scalar,f32,llama-swiftkv,1",
    "scalar,bf16,llama,1",
    "cpu,f32,qwen2,1",
    "cpu,bf16,llama-swiftkv,2",
    "cpu,f32,shipped,1",
    "cpu,bf16,shipped,1",
    "cuda,bf16,llama-swiftkv,2"
  })
  void aPrefixFromTheCacheIsAPrefixComputed(String device, String dtype, String family, int group) {
    EngineConfig config = config(device, dtype, family, group);
    List<int[]> prompts = new ArrayList<>();
    for (int length : new int[] {31, 32, 33, 64, 65, 200, 256}) {
      prompts.add(Arrays.copyOf(prompt(5, 256), length));
    }
    List<Answer> missed;
    try (LogitsProbe probe = new LogitsProbe(config.withPrefixCache(false))) {
      missed = probe.answer(prompts, SAMPLED);
      assertThat(probe.stats().cachedTokens()).isZero();
    }
    try (LogitsProbe probe = new LogitsProbe(config.withStepTokens(48))) {
      List<Answer> cold = probe.answer(prompts, SAMPLED);
      List<Answer> hit = probe.answer(prompts, SAMPLED);
      for (int i = 0; i < prompts.size(); i++) {
        missed.get(i).assertSame(cold.get(i), "cold prompt %d".formatted(i));
        missed.get(i).assertSame(hit.get(i), "cached prompt %d".formatted(i));
        assertThat(hit.get(i).completion().cachedTokens())
            .isEqualTo((prompts.get(i).length - 1) / 32 * 32);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "scalar,f32,llama,1",
    "scalar,bf16,llama-swiftkv,2",
    "cpu,f32,llama-swiftkv,1",
    "cpu,bf16,llama-swiftkv,2",
    "cpu,bf16,llama,1",
    "cpu,f32,shipped,1",
    "cpu,bf16,shipped,1",
    "cuda,f32,llama,1",
    "cuda,bf16,llama-swiftkv,2"
  })
  void aRowOfABatchIsTheRowAlone(String device, String dtype, String family, int group) {
    EngineConfig config = config(device, dtype, family, group);
    List<int[]> prompts = mixedPrompts(isEmulated(device) ? 12 : 64);
    List<Answer> together;
    int stepTokens = isEmulated(device) ? 512 : 128;
    try (LogitsProbe probe = new LogitsProbe(config.withStepTokens(stepTokens))) {
      together = probe.answer(prompts, SAMPLED);
      assertThat(probe.stats().largestBatch()).isGreaterThan(8);
    }
    try (LogitsProbe probe = new LogitsProbe(config.withPrefixCache(false))) {
      for (int i = 0; i < prompts.size(); i++) {
        Answer alone = probe.answer(List.of(prompts.get(i)), SAMPLED).get(0);
        alone.assertSame(together.get(i), "prompt %d".formatted(i));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"scalar,f32,llama-swiftkv,1", "cpu,f32,shipped,1", "cpu,bf16,shipped,1"})
  void theNumberOfThreadsDoesNotShow(String device, String dtype, String family, int group) {
    EngineConfig config = config(device, dtype, family, group);
    List<int[]> prompts = mixedPrompts(12);
    List<Answer> one;
    try (LogitsProbe probe = new LogitsProbe(withThreads(config, 1))) {
      one = probe.answer(prompts, SAMPLED);
    }
    for (int threads : new int[] {2, 3}) {
      try (LogitsProbe probe = new LogitsProbe(withThreads(config, threads))) {
        List<Answer> more = probe.answer(prompts, SAMPLED);
        for (int i = 0; i < prompts.size(); i++) {
          one.get(i).assertSame(more.get(i), "prompt %d, %d threads".formatted(i, threads));
        }
      }
    }
  }

  private static EngineConfig withThreads(EngineConfig config, int threads) {
    return new EngineConfig(
        config.model(),
        config.device(),
        config.deviceIndex(),
        config.dtype(),
        threads,
        config.stepTokens(),
        config.maxSequences(),
        config.kvCacheBytes(),
        config.contextLength(),
        config.prefixCache());
  }
}
