package dev.swiftkv.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.TwinsProvider;
import dev.swiftkv.engine.generate.CheckpointGenerator;
import dev.swiftkv.engine.generate.CheckpointSpec;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the user leaves open is settled by the device that is opened. */
final class DevicePreferencesTest {
  @TempDir private Path directory;
  private EngineConfig config;

  @BeforeEach
  void makeModel() {
    CheckpointGenerator.generate(
        CheckpointSpec.of("llama-swiftkv").hiddenSize(32).heads(2).layers(2).seed(1).build(),
        directory.resolve("model"));
    config = EngineConfig.forModel(directory.resolve("model"));
  }

  @Test
  void theDeviceSaysWhatTheUserDoesNot() throws Exception {
    EngineParts parts = open(config.withDevice(TwinsProvider.NAME));
    assertThat(parts.config().stepTokens()).isEqualTo(TwinsProvider.STEP_TOKENS);
    assertThat(parts.config().maxSequences()).isEqualTo(TwinsProvider.SEQUENCES);
  }

  @Test
  void theHostHasItsOwnPreferences() throws Exception {
    EngineParts parts = open(config.withDevice("scalar").withKvCacheBytes(8L << 20));
    assertThat(parts.config().stepTokens()).isEqualTo(512);
    assertThat(parts.config().maxSequences()).isEqualTo(64);
  }

  @Test
  void whatTheUserSaysStays() throws Exception {
    EngineParts parts = open(config.withDevice(TwinsProvider.NAME).withStepTokens(33));
    assertThat(parts.config().stepTokens()).isEqualTo(33);
    assertThat(parts.config().maxSequences()).isEqualTo(TwinsProvider.SEQUENCES);
  }

  private static EngineParts open(EngineConfig config) throws Exception {
    EngineParts parts = EngineOpener.open(config, LogitsObserver.NONE);
    parts.text().close();
    parts.device().close();
    return parts;
  }
}
