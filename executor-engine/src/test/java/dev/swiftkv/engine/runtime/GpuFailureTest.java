package dev.swiftkv.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.EngineRegistry;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.Request;
import dev.swiftkv.engine.generate.CheckpointGenerator;
import dev.swiftkv.engine.generate.CheckpointSpec;
import dev.swiftkv.kernels.Backends;
import dev.swiftkv.kernels.cuda.EmulatedGpu;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A GPU fails or runs out of memory under an engine that serves a model. */
@Timeout(120)
final class GpuFailureTest {
  private static final int OUT_OF_MEMORY = 2;
  private static final int ILLEGAL_ADDRESS = 700;

  @TempDir private static Path directory;

  @BeforeAll
  static void makeModel() {
    CheckpointGenerator.generate(
        CheckpointSpec.of("llama-swiftkv").hiddenSize(64).heads(2).layers(2).seed(1).build(),
        directory.resolve("model"));
  }

  @AfterEach
  void leaveNoMachineBehind() {
    EmulatedGpu.remove();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 30})
  void anIllegalAccessFailsTheEngineAndTheNextBorrowerGetsANewOne(int operation) {
    requireGpu("");
    List<EngineConfig> configs = List.of(config(0));
    try (EngineRegistry registry = new EngineRegistry(ResidentEngine::open)) {
      Completion before = answer(registry, configs);
      fail(registry, configs, operation);
      assertThat(answer(registry, configs).tokenIds()).isEqualTo(before.tokenIds());
      assertThat(registry.size()).isEqualTo(1);
    }
    assertThat(EmulatedGpu.leftovers()).isEmpty();
  }

  @Test
  void anotherGpuTakesOver() {
    requireGpu("devices=2");
    List<EngineConfig> both = List.of(config(0), config(1));
    try (EngineRegistry registry = new EngineRegistry(ResidentEngine::open)) {
      Completion before = answer(registry, both);
      fail(registry, both, 1);
      try (EngineRegistry.Lease lease = registry.acquireLeastLoaded(both)) {
        assertThat(lease.engine().model().backend()).contains("GPU 1 (Emulated GPU 1)");
      }
      assertThat(answer(registry, both).tokenIds()).isEqualTo(before.tokenIds());
    }
    assertThat(EmulatedGpu.leftovers()).isEmpty();
  }

  @Test
  void aStepWithoutMemoryIsDoneAgainInSmallerOnes() {
    requireGpu("");
    List<Completion> undisturbed;
    try (ResidentEngine engine = ResidentEngine.open(config(0))) {
      undisturbed = answers(engine);
    }
    try (ResidentEngine engine = ResidentEngine.open(config(0))) {
      EmulatedGpu.clearCounters();
      EmulatedGpu.fail("cuMemAlloc", 1, OUT_OF_MEMORY);
      List<Completion> answers = answers(engine);
      assertThat(EmulatedGpu.callCount("cuMemAlloc")).isGreaterThan(1);
      assertThat(answers).allMatch(answer -> answer.errorOrNull() == null);
      assertThat(tokens(answers)).isEqualTo(tokens(undisturbed));
      assertThat(engine.stats().failedRequests()).isZero();
    }
    assertThat(EmulatedGpu.leftovers()).isEmpty();
  }

  /** The weights, the cache, the activations: each is what a device of one of these sizes lacks. */
  @ParameterizedTest
  @ValueSource(ints = {100_000, 800_000, 1_500_000, 2_500_000})
  void aModelThatDoesNotFitIsRefusedAndLeavesNothing(int memoryBytes) {
    requireGpu("memory=" + memoryBytes);
    assertThatThrownBy(() -> ResidentEngine.open(config(0)))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.category()).isEqualTo(ErrorCategory.OUT_OF_MEMORY));
    assertThat(EmulatedGpu.leftovers()).isEmpty();
  }

  @Test
  void aGpuThatFailsWhileAModelIsLoadingIsTold() {
    requireGpu("");
    EmulatedGpu.fail("execution", 3, ILLEGAL_ADDRESS);
    assertThatThrownBy(() -> ResidentEngine.open(config(0)))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.DEVICE))
        .hasMessageContaining("CUDA_ERROR_ILLEGAL_ADDRESS (700)");
    assertThat(EmulatedGpu.leftovers()).isEmpty();
    ResidentEngine.open(config(0)).close();
  }

  private static void requireGpu(String words) {
    EmulatedGpu.require(words);
    assumeTrue(Backends.deviceCount("cuda") > 0, "this build has no device 'cuda'");
  }

  private static EngineConfig config(int device) {
    return EngineConfig.forModel(directory.resolve("model"))
        .withDevice("cuda")
        .withDeviceIndex(device)
        .withStepTokens(64)
        .withKvCacheBytes(1 << 20);
  }

  /** The engine's request meets an error in one of the operations that it asks of the device. */
  private static void fail(EngineRegistry registry, List<EngineConfig> configs, int operation) {
    try (EngineRegistry.Lease lease = registry.acquireLeastLoaded(configs)) {
      EmulatedGpu.fail("execution", operation, ILLEGAL_ADDRESS);
      assertThatThrownBy(() -> answer(lease))
          .isInstanceOf(CompletionException.class)
          .cause()
          .isInstanceOfSatisfying(
              EngineException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.DEVICE))
          .hasMessageContaining("GPU 0 (Emulated GPU 0) failed with CUDA_ERROR_ILLEGAL_ADDRESS");
      assertThat(lease.engine().isServing()).isFalse();
    }
  }

  private static Completion answer(EngineRegistry registry, List<EngineConfig> configs) {
    try (EngineRegistry.Lease lease = registry.acquireLeastLoaded(configs)) {
      return answer(lease);
    }
  }

  private static Completion answer(EngineRegistry.Lease lease) {
    return lease.engine().submit(request("hello", 4)).join();
  }

  private static List<Completion> answers(ResidentEngine engine) {
    List<CompletableFuture<Completion>> answers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      answers.add(engine.submit(request("a prompt of some length, number " + i, 3)));
    }
    return answers.stream().map(CompletableFuture::join).toList();
  }

  private static List<List<Integer>> tokens(List<Completion> completions) {
    return completions.stream().map(Completion::tokenIds).toList();
  }

  private static Request request(String prompt, int tokens) {
    return new Request(new Prompt.Text(prompt), GenerationOptions.defaults().withMaxTokens(tokens));
  }
}
