package dev.swiftkv.distillation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.swiftkv.distillation.Libtorch.Place;
import dev.swiftkv.distillation.Libtorch.Precision;
import dev.swiftkv.distillation.TwoSegmentModel.Outputs;
import dev.swiftkv.engine.config.ModelConfig;
import java.nio.file.Path;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GradientTest {
  private static final double STEP = 1e-5;

  @TempDir Path folder;

  /** In double, along the gradient of each trained tensor: its length is the slope there. */
  @Test
  void gradientsOfEveryTrainedTensorEqualFiniteDifferences() {
    Libtorch.load();
    Path base = TinyModels.make(folder, "qwen2", /* tied */ false);
    ModelConfig config = StudentConfig.of(ModelConfig.read(base), 2, 2);
    TeacherWeights teacher =
        TeacherWeights.read(base, ScalarType.Double, Libtorch.device(Place.CPU));
    StudentWeights student = StudentWeights.fromTeacher(config, teacher);
    TwoSegmentModel model = new TwoSegmentModel(config, teacher, student, Precision.F32, 64);
    Document document = TinyModels.documents(1).get(0);

    loss(model, document).backward();

    // One norm; 4 layers with queries, 2 groups with keys and values, each with weight and bias.
    assertThat(student.tensors()).hasSize(1 + 2 * (4 + 2 + 2));
    student
        .tensors()
        .forEach(
            (name, tensor) -> {
              Tensor gradient = tensor.grad().clone();
              double length = Math.sqrt(gradient.square().sum().item_double());
              Tensor direction = gradient.div(new Scalar(Math.max(length, 1e-300)));
              double slope =
                  (lossMoved(model, document, tensor, direction, STEP)
                          - lossMoved(model, document, tensor, direction, -STEP))
                      / (2 * STEP);
              assertThat(slope).as(name).isCloseTo(length, within(1e-6 * Math.max(1, length)));
              if (!name.endsWith("k_proj_swiftkv.bias")) {
                assertThat(length).as(name).isGreaterThan(1e-6);
              }
            });
  }

  private static double lossMoved(
      TwoSegmentModel model, Document document, Tensor tensor, Tensor direction, double by) {
    try (NoGradGuard guard = new NoGradGuard()) {
      tensor.add_(direction, new Scalar(by));
      double moved = loss(model, document).item_double();
      tensor.add_(direction, new Scalar(-by));
      return moved;
    }
  }

  private static Tensor loss(TwoSegmentModel model, Document document) {
    Tensor rows = Tensor.create(document.answerRows());
    Tensor boundary = model.boundary(document.tokenIds());
    Outputs teacher = model.teach(boundary, rows);
    return DistillationLoss.of(model, teacher, model.learn(boundary, rows), 2)
        .total(1, document.answerTokens());
  }
}
