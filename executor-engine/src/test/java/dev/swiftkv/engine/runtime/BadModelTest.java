package dev.swiftkv.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.Request;
import dev.swiftkv.engine.SharedFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What cannot be opened is refused with its category, and everything opened so far is closed. */
final class BadModelTest {
  @TempDir private Path directory;

  @BeforeEach
  void copyModel() throws IOException {
    try (Stream<Path> files = Files.list(SharedFiles.demonstrationModel())) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.copy(file, directory.resolve(file.getFileName()));
      }
    }
  }

  private EngineConfig config() {
    return EngineConfig.forModel(directory).withDevice("scalar").withKvCacheBytes(1L << 20);
  }

  private static void assertRefused(EngineConfig config, ErrorCategory category, String... words) {
    EngineException refusal =
        catchThrowableOfType(EngineException.class, () -> ResidentEngine.open(config).close());
    assertThat(refusal).isNotNull();
    assertThat(refusal.category()).isEqualTo(category);
    assertThat(refusal.getMessage()).contains(words);
    // A leak would show here: closing a device names what was not given back.
    assertThat(refusal.getSuppressed()).isEmpty();
    if (refusal.getCause() != null) {
      assertThat(refusal.getCause().getSuppressed()).isEmpty();
    }
  }

  @Test
  void noSuchDirectory() {
    Path absent = directory.resolve("absent");
    assertRefused(EngineConfig.forModel(absent), ErrorCategory.MODEL_NOT_FOUND, absent.toString());
  }

  @Test
  void aDirectoryWithoutConfiguration() throws IOException {
    Files.delete(directory.resolve("config.json"));
    assertRefused(config(), ErrorCategory.MODEL_NOT_FOUND, "config.json");
  }

  @Test
  void anUnknownArchitecture() throws IOException {
    replaceInConfig("LlamaSwiftKVForCausalLM", "MambaForCausalLM");
    assertRefused(config(), ErrorCategory.UNSUPPORTED, "MambaForCausalLM");
  }

  @Test
  void shapesThatDoNotMatch() throws IOException {
    replaceInConfig("\"intermediate_size\" : 640", "\"intermediate_size\" : 644");
    assertRefused(config(), ErrorCategory.INVALID_CHECKPOINT, "640", "644");
  }

  @Test
  void aTruncatedShard() throws IOException {
    try (FileChannel file =
        FileChannel.open(directory.resolve("model.safetensors"), StandardOpenOption.WRITE)) {
      file.truncate(file.size() - 1000);
    }
    assertRefused(config(), ErrorCategory.INVALID_CHECKPOINT, "model.safetensors");
  }

  @Test
  void aDamagedTokenizer() throws IOException {
    Files.writeString(directory.resolve("tokenizer.json"), "{}");
    assertRefused(config(), ErrorCategory.INVALID_CHECKPOINT, "tokenizer.json");
  }

  @Test
  void aTypeOrDeviceThatIsNotThere() {
    assertRefused(config().withDtype("f16"), ErrorCategory.INVALID_OPTION, "dtype", "f16");
    assertRefused(config().withDevice("tpu"), ErrorCategory.UNSUPPORTED, "tpu", "scalar");
  }

  @Test
  void moreContextThanTheModelHas() {
    EngineConfig longer =
        new EngineConfig(directory, "scalar", 0, "f32", 0, 64, 4, 1L << 20, 5000, true);
    assertRefused(longer, ErrorCategory.INVALID_OPTION, "5000", "4352");
  }

  @Test
  void aCacheThatHoldsNothing() {
    assertRefused(
        config().withKvCacheBytes(1000), ErrorCategory.OUT_OF_MEMORY, "1000", "kvCacheBytes");
  }

  @Test
  void aCacheLargerThanTheMachine() {
    assertRefused(
        config().withKvCacheBytes(1L << 50), ErrorCategory.OUT_OF_MEMORY, "KV cache", "free");
  }

  @Test
  void withoutATokenizerTokensAreServedAndTextIsRefused() throws IOException {
    Files.delete(directory.resolve("tokenizer.json"));
    try (ResidentEngine engine = ResidentEngine.open(config())) {
      Completion text = engine.submit(Request.of("hello")).join();
      assertThat(text.errorOrNull().category()).isEqualTo(ErrorCategory.UNSUPPORTED);
      Completion tokens =
          engine
              .submit(
                  new Request(
                      new Prompt.Tokens(List.of(0, 5, 7)),
                      GenerationOptions.defaults().withMaxTokens(3)))
              .join();
      assertThat(tokens.tokenIds()).isNotEmpty();
      assertThat(tokens.text()).isEmpty();
    }
  }

  private void replaceInConfig(String from, String to) throws IOException {
    Path file = directory.resolve("config.json");
    String before = Files.readString(file);
    assertThat(before).contains(from);
    Files.writeString(file, before.replace(from, to));
  }
}
