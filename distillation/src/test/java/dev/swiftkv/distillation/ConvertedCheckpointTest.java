package dev.swiftkv.distillation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.distillation.Libtorch.Place;
import dev.swiftkv.distillation.Libtorch.Precision;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.config.ModelConfig;
import dev.swiftkv.engine.model.LoadedModel;
import dev.swiftkv.engine.model.LogitsRunner;
import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.scalar.ScalarBackend;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConvertedCheckpointTest {
  private static final float TOLERANCE = 1e-3f;

  @TempDir Path folder;

  @BeforeAll
  static void load() {
    Libtorch.load(1, Precision.F32);
  }

  @ParameterizedTest
  @CsvSource({
    "llama,true,2,1",
    "llama,false,2,2",
    "llama,true,2,4",
    "qwen2,false,4,2",
    "llama,true,6,1"
  })
  void theEngineGivesTheLogitsOfTheTrainer(String family, boolean tied, int layers, int group) {
    Path base = TinyModels.make(folder, family, tied);
    ModelConfig config = StudentConfig.of(ModelConfig.read(base), layers, group);
    TeacherWeights teacher =
        TeacherWeights.read(base, ScalarType.Float, Libtorch.device(Place.CPU));
    StudentWeights student = StudentWeights.fromTeacher(config, teacher);
    student.tensors().forEach((name, tensor) -> student.set(name, tensor.mul(new Scalar(1.1))));
    Path output = folder.resolve("converted");
    ConvertedCheckpoint.write(base, config, student, DType.F32, output);

    long[] ids = TinyModels.documents(1).get(0).tokenIds();
    float[][] engine = engineLogits(output, ids);
    TwoSegmentModel model = new TwoSegmentModel(config, teacher, student, ids.length);
    try (NoGradGuard guard = new NoGradGuard()) {
      long[] rows = {ids.length - 2, ids.length - 1};
      Tensor logits = model.learn(model.boundary(ids), Tensor.create(rows)).logits();
      float[] trainer = new float[2 * TinyModels.VOCABULARY];
      logits.contiguous().data_ptr_float().get(trainer);
      for (int i = 0; i < trainer.length; i++) {
        float expected = engine[(int) rows[i / TinyModels.VOCABULARY]][i % TinyModels.VOCABULARY];
        assertThat(trainer[i]).isBetween(expected - TOLERANCE, expected + TOLERANCE);
      }
    }
    assertThat(ModelConfig.read(output).keyValueLayers()).isEqualTo(layers);
  }

  @Test
  void anOutputThatExistsIsRefused() throws Exception {
    Path taken = Files.createDirectory(folder.resolve("taken"));
    assertThatThrownBy(() -> ConvertedCheckpoint.checkWritable(taken))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining(taken.toString())
        .hasMessageContaining("Choose another directory");
  }

  private static float[][] engineLogits(Path model, long[] ids) {
    int[] tokens = new int[ids.length];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = (int) ids[i];
    }
    try (Backend backend = new ScalarBackend(new BackendOptions(1L << 28, 1, 0));
        LoadedModel loaded = LoadedModel.load(model, backend, DType.F32)) {
      return LogitsRunner.run(loaded, tokens, 16);
    }
  }
}
