package dev.swiftkv.distillation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.distillation.Documents.Asking;
import dev.swiftkv.distillation.Documents.LongPrompts;
import dev.swiftkv.distillation.Documents.Pair;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.config.ModelConfig;
import dev.swiftkv.engine.model.LoadedModel;
import dev.swiftkv.engine.model.LogitsRunner;
import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.scalar.ScalarBackend;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Answers that the base gives itself. */
class DocumentsTest {
  private static final List<Pair> ROWS =
      List.of(new Pair("a prompt", null), new Pair("given", " x"), new Pair("another one", null));

  @TempDir Path folder;
  private Path base;
  private Path log;

  @BeforeEach
  void makeBase() {
    base = TinyModels.make(folder, "llama", /* tied */ true, TinyModels.VOCABULARY, DType.BF16);
    log = folder.resolve("states/answers.txt");
  }

  private List<Document> documents(boolean resume, int answerTokens) {
    return documents(ROWS, resume, answerTokens);
  }

  private List<Document> documents(List<Pair> rows, boolean resume, int answerTokens) {
    ProgressLines lines = new ProgressLines(new PrintWriter(Writer.nullWriter()));
    return Documents.of(
            base,
            ModelConfig.read(base),
            rows,
            LongPrompts.ERROR,
            answerTokens,
            new Asking(log, resume, lines))
        .list();
  }

  @Test
  void eachTokenIsTheLikeliestOfTheBase() {
    Document document = documents(/* resume */ false, 6).get(0);
    int[] tokens = Arrays.stream(document.tokenIds()).mapToInt(Math::toIntExact).toArray();
    try (Backend backend = new ScalarBackend(new BackendOptions(1L << 28, 1, 0));
        LoadedModel loaded = LoadedModel.load(base, backend, DType.F32)) {
      float[][] logits = LogitsRunner.run(loaded, tokens, 16);
      for (long row : document.answerRows()) {
        float[] choices = logits[(int) row];
        float best = choices[0];
        for (float choice : choices) {
          best = Math.max(best, choice);
        }
        // The engine computes in BF16 where it can: near ties may fall either way.
        assertThat(choices[tokens[(int) row + 1]]).isGreaterThan(best - 0.05f);
      }
    }
    assertThat(document.answerTokens()).isBetween(1, 6);
  }

  @Test
  void answersOfAKilledRunAreNotAskedForAgain() throws IOException {
    List<Document> first = documents(/* resume */ false, 4);
    List<String> lines = new ArrayList<>(Files.readAllLines(log));
    assertThat(lines).hasSize(3).allMatch(line -> lines.indexOf(line) == 0 || line.endsWith(" ."));
    // Another answer than the base would give, then one that was being written.
    lines.set(1, "0 7 8 9 .");
    lines.set(2, "2 7 8");
    Files.write(log, lines);

    List<Document> resumed = documents(/* resume */ true, 4);
    assertThat(resumed.get(0).tokenIds()).endsWith(7, 8, 9);
    assertThat(resumed.get(1).tokenIds()).isEqualTo(first.get(1).tokenIds());
    assertThat(resumed.get(2).tokenIds()).isEqualTo(first.get(2).tokenIds());

    assertThat(documents(/* resume */ true, 5).get(0).tokenIds())
        .isNotEqualTo(resumed.get(0).tokenIds());
    Files.write(log, lines);
    assertThat(documents(/* resume */ false, 4).get(0).tokenIds())
        .isEqualTo(first.get(0).tokenIds());
  }

  /** The context has 256 tokens, of which the model could take 250 to answer. */
  @Test
  void aPromptWithItsAnswerNeedsRoomForThatAlone() {
    String prompt = "many words and more ".repeat(5);
    List<Document> documents =
        documents(List.of(new Pair(prompt, " x")), /* resume */ false, /* answerTokens */ 250);
    assertThat(documents).hasSize(1);
    assertThat(documents.get(0).promptTokens()).isBetween(7, 255);

    assertThatThrownBy(() -> documents(List.of(new Pair(prompt, null)), /* resume */ false, 250))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("6 fit, since the context has 256 and 250 are kept for the answer");
  }
}
