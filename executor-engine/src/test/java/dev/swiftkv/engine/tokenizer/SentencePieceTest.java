package dev.swiftkv.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints whose tokenizer is a SentencePiece model, written here byte by byte. */
class SentencePieceTest {
  private static final int UNIGRAM = 1;
  private static final int BPE = 2;
  private static final int WORDS = 3;
  private static final int NORMAL = 1;
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;

  @TempDir private Path directory;

  @Test
  void takesTheLikeliestPiecesOfAUnigramModel() throws IOException {
    write(model(UNIGRAM, "▁the", "▁", "cat", "c", "a", "t"));
    try (Tokenizer tokenizer = Tokenizer.open(directory)) {
      assertThat(tokenizer.encode("the cat", false)).containsExactly(3, 4, 5);
      assertThat(tokenizer.encode("  the   cat ", false)).containsExactly(3, 4, 5);
      assertThat(tokenizer.decode(new int[] {1, 3, 4, 5}, true)).isEqualTo("the cat");
      assertThat(tokenizer.encode("the dog", false)).containsExactly(3, 4, 0);
      assertThat(tokenizer.decode(new int[] {3, 4, 0}, true)).isEqualTo("the  \u2047 ");
      assertThat(tokenizer.encode("", false)).isEmpty();
    }
  }

  @Test
  void mergesByTheScoresOfABpeModel() throws IOException {
    write(model(BPE, "at", "▁c", "▁cat", "ca", "▁", "c", "a", "t"));
    try (Tokenizer tokenizer = Tokenizer.open(directory)) {
      assertThat(tokenizer.encode("cat", false)).containsExactly(5);
      assertThat(tokenizer.encode("caat", false)).containsExactly(4, 9, 3);
      assertThat(tokenizer.decode(new int[] {4, 9, 3}, true)).isEqualTo("caat");
    }
  }

  @Test
  void putsTheBeginInFrontUnlessToldOtherwise() throws IOException {
    write(model(BPE, "▁", "a"));
    assertThat(idsOf("a")).containsExactly(1, 3, 4);
    Files.writeString(directory.resolve("tokenizer_config.json"), "{\"add_bos_token\": false}");
    assertThat(idsOf("a")).containsExactly(3, 4);
    assertThat(idsOf("a</s>")).containsExactly(3, 4, 2);
  }

  @Test
  void prefersTheFastFormat() throws IOException {
    write(model(BPE, "▁", "a"));
    Files.writeString(directory.resolve(Tokenizer.FILE_NAME), "damaged");
    assertThat(Tokenizer.existsIn(directory)).isTrue();
    refused("tokenizer.json is damaged");
  }

  @Test
  void refusesDamagedModels() throws IOException {
    byte[] whole = model(UNIGRAM, "▁", "a");
    write(new byte[0]);
    refused("no pieces in it");
    write(Arrays.copyOf(whole, whole.length - 1));
    refused("a field is longer than the file");
    write(new byte[] {7});
    refused("a field has no known type");
    write(new byte[] {8, -1});
    refused("the file ends within a field");
    write(model(WORDS, "▁", "a"));
    refused("its kind is neither BPE nor Unigram");
  }

  private int[] idsOf(String text) {
    try (Tokenizer tokenizer = Tokenizer.open(directory)) {
      return tokenizer.encode(text, true);
    }
  }

  private void refused(String message) {
    assertThatExceptionOfType(EngineException.class)
        .isThrownBy(() -> Tokenizer.open(directory))
        .withMessageContaining(message)
        .extracting(EngineException::category)
        .isEqualTo(ErrorCategory.INVALID_CHECKPOINT);
  }

  private void write(byte[] model) throws IOException {
    Files.write(directory.resolve(Tokenizer.SENTENCE_PIECE_FILE_NAME), model);
  }

  /** A model with the usual three pieces in front, and then these, the best first. */
  private static byte[] model(int kind, String... pieces) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    writeBytes(file, 1, piece("<unk>", 0, UNKNOWN));
    writeBytes(file, 1, piece("<s>", 0, CONTROL));
    writeBytes(file, 1, piece("</s>", 0, CONTROL));
    for (int i = 0; i < pieces.length; i++) {
      writeBytes(file, 1, piece(pieces[i], -1 - i, NORMAL));
    }
    writeBytes(file, 2, new byte[] {3 << 3, (byte) kind});
    return file.toByteArray();
  }

  private static byte[] piece(String text, float score, int type) {
    ByteArrayOutputStream piece = new ByteArrayOutputStream();
    writeBytes(piece, 1, text.getBytes(StandardCharsets.UTF_8));
    piece.write(2 << 3 | 5);
    piece.writeBytes(
        ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN).putFloat(score).array());
    piece.write(3 << 3);
    piece.write(type);
    return piece.toByteArray();
  }

  private static void writeBytes(ByteArrayOutputStream target, int field, byte[] bytes) {
    target.write(field << 3 | 2);
    target.write(bytes.length);
    target.writeBytes(bytes);
  }
}
