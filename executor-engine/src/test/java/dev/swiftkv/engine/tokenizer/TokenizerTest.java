package dev.swiftkv.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.SharedFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the engine relies on, on the tokenizer that the repository ships. */
class TokenizerTest {
  private static final Path DEMO = SharedFiles.demonstrationModel();

  @Test
  void namesThePathOfAMissingModel() {
    assertThatExceptionOfType(EngineException.class)
        .isThrownBy(() -> Tokenizer.open(Path.of("/no/such/model")))
        .withMessageContaining("/no/such/model")
        .extracting(EngineException::category)
        .isEqualTo(ErrorCategory.MODEL_NOT_FOUND);
  }

  @Test
  void asksForTheFileThatIsMissing(@TempDir Path directory) {
    assertThatExceptionOfType(EngineException.class)
        .isThrownBy(() -> Tokenizer.open(directory))
        .withMessageContaining("No tokenizer.json in")
        .extracting(EngineException::category)
        .isEqualTo(ErrorCategory.INVALID_CHECKPOINT);
  }

  @Test
  void refusesDamagedFiles(@TempDir Path directory) throws IOException {
    String whole = Files.readString(DEMO.resolve(Tokenizer.FILE_NAME));
    String[] damaged = {
      "",
      "[]",
      "{}",
      "not json",
      whole.substring(0, whole.length() / 2),
      whole.substring(0, whole.length() - 3),
      "{\"model\":{\"type\":\"Nonsense\",\"vocab\":{\"a\":0}}}",
      "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":-5},\"merges\":[]}}",
      "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":2000000000},\"merges\":[]}}"
    };
    for (String text : damaged) {
      Files.writeString(directory.resolve(Tokenizer.FILE_NAME), text);
      assertThatExceptionOfType(EngineException.class)
          .as(text.substring(0, Math.min(40, text.length())))
          .isThrownBy(() -> Tokenizer.open(directory))
          .withMessageContaining(directory.toString())
          .withMessageNotContaining("\n")
          .extracting(EngineException::category)
          .isEqualTo(ErrorCategory.INVALID_CHECKPOINT);
    }
  }

  @Test
  void neverTruncatesOrPads(@TempDir Path directory) throws IOException {
    String whole = Files.readString(DEMO.resolve(Tokenizer.FILE_NAME));
    String asking =
        whole
            .replaceFirst(
                "\"truncation\": null",
                "\"truncation\": {\"direction\":\"Right\",\"max_length\":4,"
                    + "\"strategy\":\"LongestFirst\",\"stride\":0}")
            .replaceFirst(
                "\"padding\": null",
                "\"padding\": {\"strategy\":{\"Fixed\":64},\"direction\":\"Right\","
                    + "\"pad_to_multiple_of\":null,\"pad_id\":2,\"pad_type_id\":0,"
                    + "\"pad_token\":\"<|pad|>\"}");
    assertThat(asking).isNotEqualTo(whole);
    Files.writeString(directory.resolve(Tokenizer.FILE_NAME), asking);
    try (Tokenizer plain = Tokenizer.open(DEMO);
        Tokenizer tokenizer = Tokenizer.open(directory)) {
      for (String text : new String[] {"short", "My order number is 15547. ".repeat(2_000)}) {
        assertThat(tokenizer.encode(text, true)).isEqualTo(plain.encode(text, true));
      }
    }
  }

  @Test
  void framesAndUnframes() {
    try (Tokenizer tokenizer = Tokenizer.open(DEMO)) {
      int[] framed = tokenizer.encode("Thanks.", true);
      int[] bare = tokenizer.encode("Thanks.", false);
      assertThat(framed).hasSize(bare.length + 1).startsWith(0).endsWith(bare);
      assertThat(tokenizer.isSpecial(0)).isTrue();
      assertThat(tokenizer.isSpecial(bare[0])).isFalse();
      assertThat(tokenizer.isSpecial(-1)).isFalse();
      assertThat(tokenizer.decode(framed, true)).isEqualTo("Thanks.");
      assertThat(tokenizer.decode(framed, false)).isEqualTo("<|begin_of_text|>Thanks.");
      assertThat(tokenizer.encode("<|end_of_text|>", false)).containsExactly(1);
      assertThat(tokenizer.vocabularySize()).isEqualTo(2048);
      assertThat(tokenizer.encode("", false)).isEmpty();
    }
  }

  @Test
  void takesAnyTextThatJavaCanHold() {
    try (Tokenizer tokenizer = Tokenizer.open(DEMO)) {
      for (String text : new String[] {"nul \0 inside", "🚀 über ½", "\uFFFF\u2028"}) {
        assertThat(tokenizer.decode(tokenizer.encode(text, false), true)).isEqualTo(text);
      }
      assertThat(tokenizer.decode(tokenizer.encode("a\uD83Db\uDE00", false), true))
          .isEqualTo("a\uFFFDb\uFFFD");
      String megabyte = "The printer keeps beeping. ".repeat(40_000);
      assertThat(tokenizer.decode(tokenizer.encode(megabyte, false), true)).isEqualTo(megabyte);
      assertThat(tokenizer.decode(new int[] {1_000_000}, true)).isEmpty();
    }
  }

  @Test
  void knowsTheBytesOfEveryToken() {
    try (Tokenizer tokenizer = Tokenizer.open(DEMO)) {
      TokenBytes bytes = tokenizer.tokenBytes().orElseThrow();
      String text = "Grüße, 3 Äpfel 🚀\n\ttab";
      int length =
          Arrays.stream(tokenizer.encode(text, false)).map(bytes::length).reduce(0, Integer::sum);
      assertThat(length).isEqualTo(text.getBytes(StandardCharsets.UTF_8).length);
    }
  }

  @Test
  void servesManyThreads() {
    try (Tokenizer tokenizer = Tokenizer.open(DEMO)) {
      int[] expected = tokenizer.encode("My projector is broken.", true);
      assertThat(
              IntStream.range(0, 2_000)
                  .parallel()
                  .mapToObj(i -> tokenizer.encode("My projector is broken.", true))
                  .allMatch(ids -> Arrays.equals(ids, expected)))
          .isTrue();
    }
  }

  @Test
  void canBeClosedTwiceAndRefusesAfterwards() {
    Tokenizer tokenizer = Tokenizer.open(DEMO);
    tokenizer.close();
    tokenizer.close();
    assertThatExceptionOfType(EngineException.class)
        .isThrownBy(() -> tokenizer.encode("x", true))
        .extracting(EngineException::category)
        .isEqualTo(ErrorCategory.CANCELLED);
    assertThatExceptionOfType(EngineException.class)
        .isThrownBy(() -> tokenizer.decode(new int[] {1}, true));
  }
}
