package dev.swiftkv.engine.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** No header is believed that does not fit its file. */
final class SafetensorsHeaderTest {
  private static final int DATA_BYTES = 16;

  @TempDir private Path directory;

  private Path file() {
    return directory.resolve("model.safetensors");
  }

  static Stream<Arguments> lies() {
    return Stream.of(
        lie("truncated or lies", entry("F32", "[5]", 0, 20)),
        lie("truncated or lies", entry("F32", "[4]", 9_000_000_000L, 9_000_000_016L)),
        lie("claims bytes 16 to 0", entry("F32", "[4]", 16, 0)),
        lie("needs 12 bytes; its data_offsets give 16", entry("F32", "[3]", 0, 16)),
        lie("needs 8 bytes; its data_offsets give 16", entry("BF16", "[4]", 0, 16)),
        lie("beyond any file", entry("F32", "[4294967296,4294967296]", 0, 16)),
        lie("has shape [-4]", entry("F32", "[-4]", 0, 16)),
        lie("has shape [4.5]", entry("F32", "[4.5]", 0, 16)),
        lie("has shape 4", entry("F32", "4", 0, 16)),
        lie("8 bytes follow tensor t that belong to no tensor", entry("F32", "[2]", 0, 8)),
        lie("leaves a hole after the header", entry("F32", "[2]", 8, 16)),
        lie("overlaps tensor t", entry("F32", "[4]", 0, 16) + "," + other("[2]", 8, 16)),
        lie("overlaps tensor", entry("F32", "[4]", 0, 16) + "," + other("[4]", 0, 16)),
        lie("leaves a hole after", entry("F32", "[2]", 0, 8) + "," + other("[1]", 12, 16)),
        lie("data_offsets [0]", "\"t\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0]}"),
        lie("data_offsets", "\"t\":{\"dtype\":\"F32\",\"shape\":[4]}"),
        lie("not JSON (Duplicate", entry("F32", "[4]", 0, 16) + "," + entry("F32", "[4]", 0, 16)),
        lie("not JSON", "\"t\":"),
        lie("16 bytes follow the header", ""));
  }

  @ParameterizedTest
  @MethodSource("lies")
  void lyingHeaderIsRefused(String message, String entries) throws IOException {
    SafetensorsFile.write(file(), "{" + entries + "}", new byte[DATA_BYTES]);
    assertInvalid(message);
  }

  @Test
  void unknownDtypeIsNamedWithWhatIsKnown() throws IOException {
    SafetensorsFile.write(file(), "{" + entry("F4", "[32]", 0, 16) + "}", new byte[DATA_BYTES]);
    assertThatThrownBy(() -> SafetensorsHeader.read(file()))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.category()).isEqualTo(ErrorCategory.UNSUPPORTED))
        .hasMessageContaining("tensor t has dtype 'F4'")
        .hasMessageContaining("BF16");
  }

  @Test
  void headerLengthThatDoesNotFitIsRefused() throws IOException {
    byte[] json = "{}".getBytes(StandardCharsets.UTF_8);
    for (long claimed : List.of(0L, 1L, 3L, 200_000_000L, Long.MAX_VALUE, -1L)) {
      SafetensorsFile.write(file(), claimed, json, new byte[0]);
      assertInvalid("header claims " + Long.toUnsignedString(claimed) + " bytes");
    }
    Files.write(file(), new byte[7]);
    assertInvalid("it has 7 bytes, fewer than a header");
    Files.write(file(), new byte[0]);
    assertInvalid("it has 0 bytes");
  }

  @Test
  void headerThatIsNoObjectIsRefused() throws IOException {
    SafetensorsFile.write(file(), "[1]", new byte[0]);
    assertInvalid("not a JSON object");
  }

  @Test
  void pointerOfLargeFileStorageIsExplained() throws IOException {
    Files.writeString(
        file(), "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n");
    assertInvalid("Git LFS pointer");
  }

  /** Cut anywhere, or with any byte of its header changed, a file is refused or still fits. */
  @Test
  void damagedFilesNeverReadOutsideThemselves() throws IOException {
    SafetensorsFile.write(file(), "{" + entry("F32", "[2,2]", 0, 16) + "}", new byte[DATA_BYTES]);
    byte[] whole = Files.readAllBytes(file());
    for (int length = 0; length < whole.length; length++) {
      Files.write(file(), Arrays.copyOf(whole, length));
      assertInvalid("model.safetensors");
    }
    Random random = new Random(5);
    for (int i = 0; i < 2000; i++) {
      byte[] damaged = whole.clone();
      damaged[random.nextInt(whole.length - DATA_BYTES)] = (byte) random.nextInt(256);
      Files.write(file(), damaged);
      try {
        for (TensorEntry entry : SafetensorsHeader.read(file())) {
          assertThat(entry.offset() + entry.bytes()).isEqualTo(whole.length);
          assertThat(entry.bytes()).isEqualTo(DATA_BYTES);
        }
      } catch (EngineException e) {
        assertThat(e.category()).isIn(ErrorCategory.INVALID_CHECKPOINT, ErrorCategory.UNSUPPORTED);
      }
    }
  }

  private void assertInvalid(String message) {
    assertThatThrownBy(() -> SafetensorsHeader.read(file()))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.category()).isEqualTo(ErrorCategory.INVALID_CHECKPOINT))
        .hasMessageContaining("model.safetensors")
        .hasMessageContaining(message);
  }

  private static Arguments lie(String message, String entries) {
    return Arguments.of(message, entries);
  }

  private static String entry(String dtype, String shape, long begin, long end) {
    return SafetensorsFile.entry("t", dtype, shape, begin, end);
  }

  private static String other(String shape, long begin, long end) {
    return SafetensorsFile.entry("u", "F32", shape, begin, end);
  }
}
