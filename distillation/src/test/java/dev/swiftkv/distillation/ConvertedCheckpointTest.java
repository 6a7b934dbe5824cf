package dev.swiftkv.distillation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swiftkv.distillation.Libtorch.Place;
import dev.swiftkv.distillation.Libtorch.Precision;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.checkpoint.Checkpoint;
import dev.swiftkv.engine.checkpoint.TensorEntry;
import dev.swiftkv.engine.config.ModelConfig;
import dev.swiftkv.engine.config.RopeScaling;
import dev.swiftkv.engine.model.LoadedModel;
import dev.swiftkv.engine.model.LogitsRunner;
import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.scalar.ScalarBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
  private static final int VOCABULARY = TinyModels.VOCABULARY;
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  @BeforeAll
  static void load() {
    Libtorch.load();
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
    assertEngineGivesTheLogitsOfTheTrainer(base, layers, group, DType.F32);
  }

  @Test
  void theEngineGivesThemWithBf16Weights() {
    Path base = TinyModels.make(folder, "llama", /* tied */ true, VOCABULARY, DType.BF16);
    assertEngineGivesTheLogitsOfTheTrainer(base, 2, 2, DType.BF16);
    assertThat(folder.resolve("converted/config.json")).content().contains("\"bfloat16\"");
  }

  @Test
  void theEngineGivesThemWithScaledRotations() throws IOException {
    Path base = TinyModels.make(folder, "llama", /* tied */ true);
    Path config = base.resolve("config.json");
    String scaling =
        "{\"rope_type\":\"llama3\",\"factor\":8.0,\"low_freq_factor\":1.0,"
            + "\"high_freq_factor\":4.0,\"original_max_position_embeddings\":64}";
    ObjectNode json = (ObjectNode) JSON.readTree(config.toFile());
    json.set("rope_scaling", JSON.readTree(scaling));
    JSON.writeValue(config.toFile(), json);
    assertThat(ModelConfig.read(base).ropeScaling()).isInstanceOf(RopeScaling.Llama3.class);
    assertEngineGivesTheLogitsOfTheTrainer(base, 2, 1, DType.F32);
  }

  @Test
  void aBaseInSeveralFilesIsConvertedLikeOneInOne() throws IOException {
    Path base = TinyModels.make(folder, "qwen2", /* tied */ false);
    Path sharded = shard(base, folder.resolve("sharded"));
    assertEngineGivesTheLogitsOfTheTrainer(sharded, 3, 3, DType.F32);
    ModelConfig config = StudentConfig.of(ModelConfig.read(base), 3, 3);
    TeacherWeights teacher =
        TeacherWeights.read(base, ScalarType.Float, Libtorch.device(Place.CPU));
    Path whole = folder.resolve("whole");
    ConvertedCheckpoint.write(base, config, changed(config, teacher), DType.F32, whole);
    try (Checkpoint one = Checkpoint.open(whole);
        Checkpoint other = Checkpoint.open(folder.resolve("converted"))) {
      assertThat(other.tensors().stream().map(TensorEntry::name))
          .containsExactlyInAnyOrderElementsOf(
              one.tensors().stream().map(TensorEntry::name).toList());
    }
  }

  /** The same tensors in two files with an index. */
  private static Path shard(Path base, Path sharded) throws IOException {
    Files.createDirectory(sharded);
    for (String file : List.of("config.json", "tokenizer.json", "generation_config.json")) {
      Files.copy(base.resolve(file), sharded.resolve(file));
    }
    ObjectNode index = JSON.createObjectNode();
    ObjectNode map = index.putObject("weight_map");
    try (Checkpoint checkpoint = Checkpoint.open(base)) {
      List<TensorSource> tensors =
          checkpoint.tensors().stream().map(entry -> TensorSource.of(checkpoint, entry)).toList();
      int half = tensors.size() / 2;
      for (int i = 0; i < 2; i++) {
        String file = "model-0000%d-of-00002.safetensors".formatted(i + 1);
        var part = i == 0 ? tensors.subList(0, half) : tensors.subList(half, tensors.size());
        SafetensorsFile.write(sharded.resolve(file), part, DType.F32);
        part.forEach(tensor -> map.put(tensor.name(), file));
      }
    }
    JSON.writeValue(sharded.resolve("model.safetensors.index.json").toFile(), index);
    return sharded;
  }

  private static StudentWeights changed(ModelConfig config, TeacherWeights teacher) {
    StudentWeights student = StudentWeights.fromTeacher(config, teacher);
    student
        .tensors()
        .forEach(
            (name, tensor) ->
                // What BF16 can hold, so that the file's rounding changes nothing.
                student.set(
                    name,
                    tensor.mul(new Scalar(1.1)).to(ScalarType.BFloat16).to(ScalarType.Float)));
    return student;
  }

  private void assertEngineGivesTheLogitsOfTheTrainer(
      Path base, int layers, int group, DType dtype) {
    ModelConfig config = StudentConfig.of(ModelConfig.read(base), layers, group);
    TeacherWeights teacher =
        TeacherWeights.read(base, ScalarType.Float, Libtorch.device(Place.CPU));
    StudentWeights student = changed(config, teacher);
    Path output = folder.resolve("converted");
    ConvertedCheckpoint.write(base, config, student, dtype, output);

    long[] ids = TinyModels.documents(1).get(0).tokenIds();
    float[][] engine = engineLogits(output, ids);
    TwoSegmentModel model =
        new TwoSegmentModel(config, teacher, student, Precision.F32, ids.length);
    try (NoGradGuard guard = new NoGradGuard()) {
      long[] rows = {ids.length - 2, ids.length - 1};
      Tensor logits = model.logits(model.learn(model.boundary(ids), model.rows(rows)));
      float[] trainer = new float[2 * VOCABULARY];
      logits.contiguous().data_ptr_float().get(trainer);
      for (int i = 0; i < trainer.length; i++) {
        float expected = engine[(int) rows[i / VOCABULARY]][i % VOCABULARY];
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
