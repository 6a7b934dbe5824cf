package dev.swiftkv.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.Constraint;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.FinishReason;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.Request;
import dev.swiftkv.engine.SamplingParams;
import dev.swiftkv.engine.generate.CheckpointGenerator;
import dev.swiftkv.engine.generate.CheckpointSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A model of random weights under lists of texts. */
final class ChoicesTest {
  private static final List<List<String>> LABELS =
      List.of(
          List.of("yes", "no"),
          List.of("a", "ab", "abc", "b"),
          List.of("positive", "negative", "neutral"),
          List.of("größer", "kleiner", "日本語", "😀"),
          List.of(" leading", "trailing ", "with \"quotes\"\n"));

  @TempDir static Path directory;
  private static ResidentEngine engine;

  @BeforeAll
  static void open() {
    engine = ResidentEngine.open(config(model("model", 2000)).withDevice("cpu"));
  }

  @AfterAll
  static void close() {
    engine.close();
  }

  @ParameterizedTest
  @ValueSource(floats = {0f, 1f, 50f})
  void everyCompletionIsOneOfTheTexts(float temperature) {
    for (List<String> labels : LABELS) {
      for (Completion one : answer(engine, labels, temperature, 64, 20)) {
        assertThat(one.errorOrNull()).isNull();
        assertThat(one.text()).isIn(labels);
        assertThat(one.finishReason()).isEqualTo(FinishReason.STOP);
      }
    }
  }

  @Test
  void hotSamplingReachesEveryText() {
    for (List<String> labels : LABELS) {
      List<String> texts =
          answer(engine, labels, 50f, 64, 100).stream().map(Completion::text).distinct().toList();
      assertThat(texts).containsExactlyInAnyOrderElementsOf(labels);
    }
  }

  @Test
  void fewTokensLeaveTheTextsThatTheyHold() {
    List<String> labels = List.of("q", "zzzzzzzzzz", "\u4f60\u597d");
    for (Completion one : answer(engine, labels, 50f, 1, 20)) {
      assertThat(one.text()).isEqualTo("q");
      assertThat(one.finishReason()).as("the limit chose").isEqualTo(FinishReason.LENGTH);
    }
  }

  @Test
  void tooFewTokensForAnyTextAreAnErrorThatSaysHowManyAreNeeded() {
    Completion one = answer(engine, List.of("\u4f60\u597d"), 0f, 3, 1).get(0);
    assertThat(one.errorOrNull().category()).isEqualTo(ErrorCategory.INVALID_OPTION);
    assertThat(one.errorOrNull().message()).contains("max_tokens 3").contains("needs 6");
    assertThat(answer(engine, List.of("\u4f60\u597d"), 0f, 6, 1).get(0).text())
        .isEqualTo("\u4f60\u597d");
  }

  @Test
  void aRowIsTheSameAloneAndInABatch() {
    for (float temperature : new float[] {0f, 1f}) {
      List<Completion> together = answer(engine, LABELS.get(2), temperature, 64, 12);
      for (int i = 0; i < together.size(); i++) {
        Completion alone = submit(engine, LABELS.get(2), temperature, 64, i).join();
        assertThat(alone.tokenIds()).isEqualTo(together.get(i).tokenIds());
      }
    }
  }

  @Test
  void devicesAgree() {
    List<List<Integer>> first = null;
    for (String device : List.of("scalar", "cpu")) {
      EngineConfig config = config(directory.resolve("model")).withDevice(device);
      try (ResidentEngine other = ResidentEngine.open(config.withDtype("f32"))) {
        List<List<Integer>> tokens =
            answer(other, LABELS.get(2), 1f, 64, 10).stream().map(Completion::tokenIds).toList();
        first = first == null ? tokens : first;
        assertThat(tokens).as(device).isEqualTo(first);
      }
    }
  }

  @Test
  void aCompletionThatFitsAnywayIsNotChanged() {
    for (int row = 0; row < 10; row++) {
      GenerationOptions free = GenerationOptions.defaults().withMaxTokens(8);
      Completion unconstrained = engine.submit(new Request(prompt(row), free)).join();
      String text = unconstrained.text();
      if (text.isEmpty() || text.indexOf('\uFFFD') >= 0) {
        continue;
      }
      Completion constrained =
          submit(engine, List.of(text, text + "more", "other"), 0f, 64, row).join();
      assertThat(constrained.text()).startsWith(text);
      int shared = Math.min(unconstrained.tokenIds().size(), constrained.tokenIds().size());
      assertThat(constrained.tokenIds().subList(0, shared))
          .isEqualTo(unconstrained.tokenIds().subList(0, shared));
    }
  }

  @Test
  void stopStringsDoNotCutAText() {
    GenerationOptions options =
        GenerationOptions.defaults()
            .withStop(List.of("e", "s"))
            .withConstraint(new Constraint.Choices(List.of("yes", "absent")));
    assertThat(engine.submit(new Request(prompt(1), options)).join().text()).isIn("yes", "absent");
  }

  @ParameterizedTest
  @ValueSource(ints = {260, 261, 323, 700})
  void anyVocabularyWillDo(int vocabularySize) {
    Path model = model("model-" + vocabularySize, vocabularySize);
    try (ResidentEngine other = ResidentEngine.open(config(model).withDevice("cpu"))) {
      for (List<String> labels : LABELS) {
        assertThat(answer(other, labels, 1f, 64, 5)).allMatch(one -> labels.contains(one.text()));
      }
    }
  }

  private static List<Completion> answer(
      ResidentEngine engine, List<String> labels, float temperature, int maxTokens, int rows) {
    List<CompletableFuture<Completion>> futures = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      futures.add(submit(engine, labels, temperature, maxTokens, row));
    }
    return futures.stream().map(CompletableFuture::join).toList();
  }

  private static CompletableFuture<Completion> submit(
      ResidentEngine engine, List<String> labels, float temperature, int maxTokens, int row) {
    GenerationOptions options =
        GenerationOptions.defaults()
            .withMaxTokens(maxTokens)
            .withSampling(new SamplingParams(temperature, 1f, 0, 0f, 1f, row))
            .withConstraint(new Constraint.Choices(labels));
    return engine.submit(new Request(prompt(row), options));
  }

  private static Prompt prompt(int row) {
    return new Prompt.Text("Row " + row + " is about ");
  }

  private static Path model(String name, int vocabularySize) {
    Path model = directory.resolve(name);
    CheckpointGenerator.generate(
        CheckpointSpec.of("llama-swiftkv")
            .vocabularySize(vocabularySize)
            .hiddenSize(32)
            .intermediateSize(48)
            .layers(2)
            .heads(2)
            .kvHeads(1)
            .headSize(16)
            .keyValueLayers(1)
            .contextLength(512)
            .build(),
        model);
    return model;
  }

  private static EngineConfig config(Path model) {
    return EngineConfig.forModel(model).withStepTokens(64).withKvCacheBytes(1 << 20);
  }
}
