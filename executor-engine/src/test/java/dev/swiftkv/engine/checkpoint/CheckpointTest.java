package dev.swiftkv.engine.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.kernels.MatrixSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Finding and reading tensors. */
final class CheckpointTest {
  @TempDir private Path directory;

  @Test
  void everyElementTypeIsWidenedExactlyWhateverItsAlignment() throws IOException {
    String header =
        "{\"__metadata__\":{\"format\":\"pt\"},"
            + SafetensorsFile.entry("b", "BF16", "[1]", 0, 2)
            + ","
            + SafetensorsFile.entry("f", "F32", "[2,2]", 2, 18)
            + ","
            + SafetensorsFile.entry("h", "F16", "[3]", 18, 24)
            + "} ";
    byte[] data = new byte[24];
    System.arraycopy(SafetensorsFile.shorts(0xBFC0), 0, data, 0, 2);
    System.arraycopy(SafetensorsFile.floats(1, -2, 3.25f, 1e-40f), 0, data, 2, 16);
    System.arraycopy(SafetensorsFile.shorts(0x3C00, 0x0001, 0xC500), 0, data, 18, 6);
    SafetensorsFile.write(directory.resolve("model.safetensors"), header, data);
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      assertThat(checkpoint.names()).containsExactly("b", "f", "h");
      assertThat(checkpoint.vector("b", 1)).containsExactly(-1.5f);
      assertThat(checkpoint.vector("h", 3)).containsExactly(1, 0x1p-24f, -5);
      float[] row = new float[2];
      MatrixSource matrix = checkpoint.matrix("f", 2, 2);
      matrix.readRow(1, row);
      assertThat(row).containsExactly(3.25f, 1e-40f);
      matrix.readRow(0, row);
      assertThat(row).containsExactly(1, -2);
    }
  }

  @Test
  void tensorsAreFoundThroughTheIndexInItsShard() throws IOException {
    shard("model-1.safetensors", "a", 1);
    shard("model-2.safetensors", "b", 2);
    index("\"a\":\"model-1.safetensors\",\"b\":\"model-2.safetensors\"");
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      assertThat(checkpoint.vector("a", 1)).containsExactly(1);
      assertThat(checkpoint.vector("b", 1)).containsExactly(2);
      assertThat(checkpoint.tensor("b").file()).hasFileName("model-2.safetensors");
    }
  }

  @Test
  void missingShardIsNamed() throws IOException {
    shard("model-1.safetensors", "a", 1);
    index("\"a\":\"model-1.safetensors\",\"b\":\"model-2.safetensors\"");
    assertInvalid("model-2.safetensors is missing", "tensor b");
  }

  @Test
  void tensorThatItsShardLacksIsNamed() throws IOException {
    shard("model-1.safetensors", "a", 1);
    index("\"a\":\"model-1.safetensors\",\"b\":\"model-1.safetensors\"");
    assertInvalid("model-1.safetensors lacks tensor b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../model.safetensors", "/etc/passwd", "a\\\\b", ""})
  void shardsOutsideTheDirectoryAreRefused(String file) throws IOException {
    index("\"a\":\"" + file + "\"");
    assertInvalid("plain file names beside the index");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{\"weight_map\":{}}", "{\"weight_map\":3}", "{", ""})
  void indexWithoutMapIsRefused(String text) throws IOException {
    Files.writeString(directory.resolve("model.safetensors.index.json"), text);
    assertInvalid("model.safetensors.index.json");
  }

  @Test
  void missingTensorWrongShapeAndWrongDtypeAreNamed() throws IOException {
    SafetensorsFile.write(
        directory.resolve("model.safetensors"),
        "{" + SafetensorsFile.entry("scale", "I64", "[1]", 0, 8) + "}",
        new byte[8]);
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      assertThatThrownBy(() -> checkpoint.vector("other", 1))
          .hasMessageContaining("lacks tensor other");
      assertThatThrownBy(() -> checkpoint.matrix("scale", 1, 1))
          .hasMessageContaining("tensor scale has shape [1]")
          .hasMessageContaining("implies [1, 1]");
      assertThatThrownBy(() -> checkpoint.vector("scale", 1))
          .isInstanceOfSatisfying(
              EngineException.class,
              e -> assertThat(e.category()).isEqualTo(ErrorCategory.UNSUPPORTED))
          .hasMessageContaining("has dtype I64; weights are read from [F32, BF16, F16]");
    }
  }

  @Test
  void directoryWithoutWeightsIsRefused() {
    assertInvalid("has no weights");
    assertThatThrownBy(() -> Checkpoint.open(directory.resolve("nowhere")))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.category()).isEqualTo(ErrorCategory.MODEL_NOT_FOUND))
        .hasMessageContaining("nowhere");
  }

  @Test
  void readingAfterCloseIsRefused() throws IOException {
    SafetensorsFile.write(
        directory.resolve("model.safetensors"),
        "{" + SafetensorsFile.entry("a", "F32", "[2,1]", 0, 8) + "}",
        SafetensorsFile.floats(1, 2));
    Checkpoint checkpoint = Checkpoint.open(directory);
    MatrixSource late = checkpoint.matrix("a", 2, 1);
    checkpoint.close();
    assertThatThrownBy(() -> late.readRow(0, new float[1])).hasMessageContaining("is closed");
    assertThatThrownBy(() -> checkpoint.matrix("a", 2, 1)).hasMessageContaining("is closed");
  }

  @Test
  void windowsOverlapSoThatARowMayCrossTheirStarts() throws IOException {
    Path file = directory.resolve("bytes");
    byte[] content = new byte[1000];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) (i * 7);
    }
    Files.write(file, content);
    MappedFile mapped = MappedFile.open(file, 64);
    for (int offset = 0; offset + 64 <= content.length; offset++) {
      byte[] read = new byte[64];
      mapped.view(offset, 64).get(read);
      assertThat(read).isEqualTo(Arrays.copyOfRange(content, offset, offset + 64));
    }
    assertThat(mapped.view(999, 1).get(0)).isEqualTo(content[999]);
  }

  @Test
  void tensorsPastTwoGibibytesAreRead() throws IOException {
    long padding = 3L << 30;
    String header =
        "{"
            + SafetensorsFile.entry("padding", "U8", "[" + padding + "]", 0, padding)
            + ","
            + SafetensorsFile.entry("t", "F32", "[2]", padding, padding + 8)
            + "}";
    Path file = directory.resolve("model.safetensors");
    SafetensorsFile.write(file, header, new byte[0]);
    long dataStart = Files.size(file);
    // Written past the end, so that the file system stores no padding.
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(SafetensorsFile.floats(5, 6)), dataStart + padding);
    }
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      assertThat(checkpoint.vector("t", 2)).containsExactly(5, 6);
    }
  }

  private void shard(String file, String tensor, float value) throws IOException {
    SafetensorsFile.write(
        directory.resolve(file),
        "{" + SafetensorsFile.entry(tensor, "F32", "[1]", 0, 4) + "}",
        SafetensorsFile.floats(value));
  }

  private void index(String map) throws IOException {
    Files.writeString(
        directory.resolve("model.safetensors.index.json"), "{\"weight_map\":{" + map + "}}");
  }

  private void assertInvalid(String... parts) {
    assertThatThrownBy(() -> Checkpoint.open(directory))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.category()).isEqualTo(ErrorCategory.INVALID_CHECKPOINT))
        .hasMessageContainingAll(parts);
  }
}
