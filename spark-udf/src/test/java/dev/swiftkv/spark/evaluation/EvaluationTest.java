package dev.swiftkv.spark.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.generate.CheckpointGenerator;
import dev.swiftkv.engine.generate.CheckpointSpec;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scores of tiny models whose answers are given. */
class EvaluationTest {
  private static final List<EvaluatedRow> ROWS =
      List.of(
          new EvaluatedRow("first prompt", "right", ""),
          new EvaluatedRow("second prompt", "right", ""));

  @TempDir Path folder;

  private String model(String family, long seed) {
    Path model = folder.resolve(family + seed);
    CheckpointGenerator.generate(
        CheckpointSpec.of(family)
            .layers(4)
            .kvHeads(2)
            .headSize(8)
            .heads(4)
            .hiddenSize(32)
            .seed(seed)
            .build(),
        model);
    return model.toString();
  }

  private static Evaluation evaluation(int divergenceRows) {
    return new Evaluation(
        ROWS, List.of(), Map.of("device", "scalar", "dtype", "f32"), divergenceRows);
  }

  /** 30 tokens a row. */
  private static ModelAnswers answers(String model, String... texts) {
    return new ModelAnswers(
        model, Arrays.asList(texts), Arrays.asList(null, null), 50, 10, /* seconds */ 2);
  }

  @Test
  void measuresDivergenceAndMemoryOfRealModels() {
    String first = model("llama", 1);
    String other = model("llama", 2);
    List<ModelScores> scores =
        evaluation(1).run(List.of(first, other), model -> answers(model, "right", "wrong"));
    assertThat(scores.get(0).divergence()).hasValue(0);
    assertThat(scores.get(1).divergence().getAsDouble()).isGreaterThan(1e-6);
    // Keys and values in 4 layers, 2 heads of 8 each, 4 bytes a number.
    assertThat(scores.get(0).kvBytesPerRow()).hasValue(30 * 2 * 4 * 16 * 4L);
    assertThat(scores.get(0).exact()).isEqualTo(new Share(1, 2));
    assertThat(scores.get(1).agreement()).isEqualTo(new Share(2, 2));
    assertThat(scores.get(1).promptTokensPerSecond()).isEqualTo(25);
  }

  @Test
  void measuresNeitherWhenItIsNotAsked() {
    List<ModelScores> scores =
        evaluation(0).run(List.of("absent"), model -> answers(model, "right", null));
    assertThat(scores.get(0).divergence()).isEmpty();
    assertThat(scores.get(0).kvBytesPerRow()).isEmpty();
  }

  @Test
  void aModelThatAnswersNothingSaysWhy() {
    assertThatThrownBy(
            () ->
                evaluation(0)
                    .run(
                        List.of("m"),
                        model ->
                            new ModelAnswers(
                                model,
                                Arrays.asList(null, null),
                                List.of("OUT_OF_MEMORY: no", "OUT_OF_MEMORY: none"),
                                0,
                                0,
                                1)))
        .isInstanceOf(EngineException.class)
        .hasMessage("Model m answered none of the 2 rows; the first says: OUT_OF_MEMORY: no");
  }
}
