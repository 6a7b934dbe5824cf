package dev.swiftkv.engine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {
  @Test
  void printsTheFiguresOfTheDemonstrationModel() {
    CommandRun run = CommandRun.of("inspect");
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains("LlamaSwiftKVForCausalLM")
        .contains("layers 0 to 3 compute keys and values, the 4 later ones take them")
        .contains("groups of 2 later layers share a cache: 6 caches in all")
        .containsPattern("parameters +5,902,848")
        .containsPattern("KV cache +3,072 bytes a token in bf16")
        .containsPattern("1,024 +0\\.00[1-9]\\d{3} +0\\.0[1-9]\\d{3} +1\\.\\d\\dx");
  }

  @Test
  void countsBytesInTheTypeAskedFor() {
    assertThat(CommandRun.of("inspect", "--dtype", "f32").out())
        .containsPattern("KV cache +6,144 bytes a token in f32");
  }

  @Test
  void saysWhatAPlainModelIs(@TempDir Path folder) {
    Path model = folder.resolve("plain");
    CommandRun.of("make-model", "--family", "qwen2", "--layers", "2", "--output", model.toString());
    CommandRun run = CommandRun.of("inspect", "--model", model.toString());
    assertThat(run.out())
        .contains("Qwen2ForCausalLM")
        .contains("no: every layer computes its keys and values")
        .doesNotContain("saving");
  }

  @Test
  void saysThatEmbeddingAndHeadAreOneInEitherSpelling(@TempDir Path folder) throws IOException {
    Path model = folder.resolve("tied");
    CommandRun.of("make-model", "--family", "llama", "--tied", "--output", model.toString());
    String tied = CommandRun.of("inspect", "--model", model.toString()).out();
    Path config = model.resolve("config.json");
    Files.writeString(
        config, Files.readString(config).replaceFirst("\"tie_word_embeddings\"", "\"unread\""));

    assertThat(tied).contains("2,048 tokens, embedding and head are one");
    assertThat(CommandRun.of("inspect", "--model", model.toString()).out()).isEqualTo(tied);
  }

  @Test
  void namesTheFileThatIsMissing(@TempDir Path folder) {
    CommandRun run = CommandRun.of("inspect", "--model", folder.toString());
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("config.json").contains(folder.toString());
  }
}
