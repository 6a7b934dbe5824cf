package dev.swiftkv.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.EngineRegistry;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.Request;
import dev.swiftkv.engine.TwinsProvider;
import dev.swiftkv.engine.generate.CheckpointGenerator;
import dev.swiftkv.engine.generate.CheckpointSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A device fails under an engine, once. */
@Timeout(60)
final class DeviceFailureTest {
  @TempDir private Path directory;
  private EngineConfig config;

  @BeforeEach
  void makeModel() {
    CheckpointGenerator.generate(
        CheckpointSpec.of("llama-swiftkv").hiddenSize(32).heads(2).layers(2).seed(1).build(),
        directory.resolve("model"));
    config = EngineConfig.forModel(directory.resolve("model")).withDevice(TwinsProvider.NAME);
  }

  @Test
  void theEngineFailsItsRequestsAndTheNextBorrowerGetsANewOne() {
    try (EngineRegistry registry = new EngineRegistry(ResidentEngine::open)) {
      Completion before = answer(registry, List.of(config));
      fail(registry, List.of(config));
      assertThat(answer(registry, List.of(config)).tokenIds()).isEqualTo(before.tokenIds());
      assertThat(registry.size()).isEqualTo(1);
    }
  }

  @Test
  void anotherDeviceTakesOver() {
    List<EngineConfig> both = List.of(config, config.withDeviceIndex(1));
    try (EngineRegistry registry = new EngineRegistry(ResidentEngine::open)) {
      Completion before = answer(registry, both);
      fail(registry, both);
      try (EngineRegistry.Lease lease = registry.acquireLeastLoaded(both)) {
        assertThat(lease.engine().model().backend()).isEqualTo("twin 1");
        assertThat(lease.isFirst()).isTrue();
      }
      assertThat(answer(registry, both).tokenIds()).isEqualTo(before.tokenIds());
      fail(registry, both);
      try (EngineRegistry.Lease lease = registry.acquireLeastLoaded(both)) {
        assertThat(lease.engine().model().backend()).isEqualTo("twin 0");
      }
    }
  }

  private static void fail(EngineRegistry registry, List<EngineConfig> configs) {
    try (EngineRegistry.Lease lease = registry.acquireLeastLoaded(configs)) {
      TwinsProvider.failNext();
      assertThatThrownBy(() -> answer(lease))
          .isInstanceOf(CompletionException.class)
          .cause()
          .isInstanceOfSatisfying(
              EngineException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.DEVICE))
          .hasMessageContaining("a twin failed in");
      assertThat(lease.engine().isServing()).isFalse();
      assertThat(lease.engine().stats().outstandingTokens()).isZero();
    }
  }

  private static Completion answer(EngineRegistry registry, List<EngineConfig> configs) {
    try (EngineRegistry.Lease lease = registry.acquireLeastLoaded(configs)) {
      return answer(lease);
    }
  }

  private static Completion answer(EngineRegistry.Lease lease) {
    Request request =
        new Request(new Prompt.Text("hello"), GenerationOptions.defaults().withMaxTokens(4));
    return lease.engine().submit(request).join();
  }
}
