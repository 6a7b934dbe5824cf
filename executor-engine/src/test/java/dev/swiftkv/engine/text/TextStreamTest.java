package dev.swiftkv.engine.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.engine.SharedFiles;
import dev.swiftkv.engine.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Text token by token against text decoded at once. */
class TextStreamTest {
  private static final Path DEMO = SharedFiles.demonstrationModel();

  private static final String TRICKY =
      "Grüße an Zoë: 3 Äpfel, 🚀🦙 und 你好 — naïve\n\n\t  café\u0301  done. ";

  @Test
  void joinsCharactersThatAreSpreadOverTokens() {
    try (Tokenizer tokenizer = Tokenizer.open(DEMO)) {
      int[] ids = tokenizer.encode(TRICKY, false);
      TextStream stream = new TextStream(tokenizer, List.of());
      for (int id : ids) {
        assertThat(stream.accept(id)).isFalse();
        assertThat(TRICKY).startsWith(stream.certainText());
      }
      assertThat(stream.text()).isEqualTo(TRICKY);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "models/TinyStories-656K/tokenizer.json",
        "golden/tokenizers/tiny_wordpiece_tokenizer.json",
        "golden/tokenizers/tiny_unigram_tokenizer.json",
        "golden/tokenizers/tiny_bpe_metaspace_tokenizer.json",
        "golden/tokenizers/tiny_bpe_metaspace_pretok_tokenizer.json",
        "golden/tokenizers/tiny_bpe_falcon_seq_tokenizer.json",
        "golden/tokenizers/llama3/tokenizer.json",
        "golden/tokenizers/qwen2.5/tokenizer.json"
      })
  void givesTheTextOfTheDecoder(String file) {
    try (Tokenizer tokenizer = Tokenizer.openFile(SharedFiles.require(file))) {
      for (String text : new String[] {"  Hello, the cat's mat. Don't stop!  ", TRICKY, "x"}) {
        int[] ids = tokenizer.encode(text, true);
        assertThat(joined(tokenizer, ids)).isEqualTo(tokenizer.decode(ids, true));
      }
    }
  }

  @Test
  void replacesBytesThatAreNoCharacters() {
    try (Tokenizer tokenizer = Tokenizer.open(DEMO)) {
      Random random = new Random(7);
      for (int round = 0; round < 200; round++) {
        int[] ids = random.ints(50, 3, tokenizer.vocabularySize()).toArray();
        assertThat(joined(tokenizer, ids)).isEqualTo(tokenizer.decode(ids, true));
      }
    }
  }

  @Test
  void leavesSpecialTokensOut() {
    try (Tokenizer tokenizer = Tokenizer.open(DEMO)) {
      int[] ids = tokenizer.encode("A<|pad|>B<|end_of_text|>", true);
      assertThat(joined(tokenizer, ids)).isEqualTo("AB");
    }
  }

  @Test
  void endsAtStopStringsAcrossTokens() {
    try (Tokenizer tokenizer = Tokenizer.open(DEMO)) {
      String text = "The printer is broken. Thank you for calling us.";
      for (int length = 1; length < text.length(); length++) {
        for (int at = 0; at + length <= text.length(); at += 3) {
          String stop = text.substring(at, at + length);
          assertThat(stoppedText(tokenizer, text, List.of(stop)))
              .as("stop at \"%s\"", stop)
              .isEqualTo(text.substring(0, text.indexOf(stop)));
        }
      }
    }
  }

  @Test
  void endsAtTheFirstOfSeveralStopStrings() {
    try (Tokenizer tokenizer = Tokenizer.open(DEMO)) {
      String text = "one two three";
      assertThat(stoppedText(tokenizer, text, List.of("three", "two", "wo t"))).isEqualTo("one ");
      assertThat(stoppedText(tokenizer, text, List.of("four", "three!"))).isEqualTo(text);
      assertThat(stoppedText(tokenizer, "a🚀b", List.of("🚀"))).isEqualTo("a");
    }
  }

  @Test
  void ignoresTokensAfterTheStop() {
    try (Tokenizer tokenizer = Tokenizer.open(DEMO)) {
      TextStream stream = new TextStream(tokenizer, List.of("b"));
      for (int id : tokenizer.encode("a b c d", false)) {
        stream.accept(id);
      }
      assertThat(stream.accept(tokenizer.encode("e", false)[0])).isTrue();
      assertThat(stream.text()).isEqualTo("a ");
    }
  }

  @Test
  void searchesTheTextHeldBackToo() {
    try (Tokenizer tokenizer = Tokenizer.open(DEMO)) {
      TextStream stream = new TextStream(tokenizer, List.of("b\uFFFD"));
      int[] rocket = tokenizer.encode("ab🚀", false);
      stream.accept(rocket[0]);
      stream.accept(rocket[1]);
      stream.accept(rocket[2]);
      assertThat(stream.text()).isEqualTo("a");
    }
  }

  @Test
  void continuesThePublishedStory() throws IOException {
    Path model = SharedFiles.require("models/TinyStories-656K");
    JsonNode golden = new ObjectMapper().readTree(model.resolve("golden.json").toFile());
    String published = golden.get("expected_text_third_party").asText();
    try (Tokenizer tokenizer = Tokenizer.open(model)) {
      TextStream stream = new TextStream(tokenizer, List.of());
      golden.get("output_ids").forEach(id -> stream.accept(id.asInt()));
      assertThat(golden.get("prompt").asText() + stream.text()).isEqualTo(published);
    }
  }

  private static String joined(Tokenizer tokenizer, int[] ids) {
    TextStream stream = new TextStream(tokenizer, List.of());
    for (int id : ids) {
      stream.accept(id);
    }
    return stream.text();
  }

  private static String stoppedText(Tokenizer tokenizer, String text, List<String> stop) {
    TextStream stream = new TextStream(tokenizer, stop);
    for (int id : tokenizer.encode(text, false)) {
      if (stream.accept(id)) {
        break;
      }
    }
    return stream.text();
  }
}
