package dev.swiftkv.distillation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.distillation.Distiller.Progress;
import dev.swiftkv.distillation.Libtorch.Place;
import dev.swiftkv.distillation.Libtorch.Precision;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.config.ModelConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DistillerTest {
  private static final DistillationSettings SETTINGS =
      new DistillationSettings(2, 2, 12, 64, 5e-3, 2, 0.01, 1, 2, 1, 7, 4, Precision.F32, 60_000);

  /** A run that goes on with it after a loss that is no number. */
  private static final DistillationSettings SLOWER =
      new DistillationSettings(2, 2, 12, 64, 1e-3, 2, 0.01, 0.5, 2, 1, 7, 4, Precision.F32, 60_000);

  @TempDir Path folder;

  @BeforeAll
  static void load() {
    Libtorch.load();
  }

  @Test
  void aRunThatIsKilledAndResumedEqualsOneThatIsNot() throws IOException {
    Path base = TinyModels.make(folder, "llama", /* tied */ true);
    List<Progress> steps = new ArrayList<>();
    SortedMap<String, float[]> whole = train(base, SETTINGS, "whole", false, steps::add);
    assertThatThrownBy(() -> train(base, SETTINGS, "killed", false, progress -> dieAt(progress, 7)))
        .hasMessage("killed");
    List<Long> resumed = new ArrayList<>();
    SortedMap<String, float[]> again =
        train(base, SETTINGS, "killed", true, progress -> resumed.add(progress.step()));

    assertThat(resumed).startsWith(5L).hasSize(8);
    assertThat(again.keySet()).isEqualTo(whole.keySet());
    whole.forEach((name, values) -> assertThat(again.get(name)).as(name).isEqualTo(values));
    double before = steps.get(0).divergence() + steps.get(1).divergence();
    double after = steps.get(10).divergence() + steps.get(11).divergence();
    assertThat(after).isLessThan(before);
  }

  @Test
  void theNumberOfThreadsChangesNoBit() throws IOException {
    Path base = TinyModels.make(folder, "llama", /* tied */ true);
    SortedMap<String, float[]> alone = train(base, SETTINGS, "one", false, 1, progress -> {});
    SortedMap<String, float[]> together = train(base, SETTINGS, "five", false, 5, progress -> {});
    alone.forEach((name, values) -> assertThat(together.get(name)).as(name).isEqualTo(values));
  }

  @Test
  void aStateOfOtherSettingsIsRefused() throws IOException {
    Path base = TinyModels.make(folder, "llama", /* tied */ true);
    train(base, SETTINGS.withSteps(4, 4), "run", false, progress -> {});
    assertThatThrownBy(() -> train(base, SETTINGS, "run", true, progress -> {}))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("steps=4")
        .hasMessageContaining("remove the folder");
  }

  @Test
  void aLossThatIsNoNumberStopsTheRunAndKeepsTheLastState() throws IOException {
    Path base = TinyModels.make(folder, "llama", /* tied */ true);
    assertThatThrownBy(() -> runSpoiledAfter(5, base))
        .isInstanceOf(EngineException.class)
        .hasMessage(
            "Step 6 has the loss NaN and the gradient's norm NaN; both must be numbers. The state"
                + " of step 4 stays in %s: --resume from it with a smaller --lr (now 0.005) or"
                + " --clip (now 1.0)",
            folder.resolve("nan"));
    try (var states = Files.list(folder.resolve("nan"))) {
      assertThat(states.map(state -> state.getFileName().toString()))
          .containsExactly("step-00000004");
    }
    List<Long> resumed = new ArrayList<>();
    train(base, SLOWER, "nan", true, progress -> resumed.add(progress.step()));
    assertThat(resumed).containsExactly(5L, 6L, 7L, 8L, 9L, 10L, 11L, 12L);
  }

  @Test
  void aLossThatIsNoNumberBeforeTheFirstStateSaysThatThereIsNone() throws IOException {
    Path base = TinyModels.make(folder, "llama", /* tied */ true);
    assertThatThrownBy(() -> runSpoiledAfter(1, base))
        .isInstanceOf(EngineException.class)
        .hasMessage(
            "Step 2 has the loss NaN and the gradient's norm NaN; both must be numbers. No state"
                + " was saved before (--save-every 4): begin again with a smaller --lr (now 0.005)"
                + " or --clip (now 1.0)");
    assertThat(folder.resolve("nan")).doesNotExist();
  }

  private void runSpoiledAfter(long step, Path base) throws IOException {
    StudentWeights[] student = new StudentWeights[1];
    run(
        base,
        SETTINGS,
        "nan",
        false,
        /* threads */ 2,
        progress -> {
          if (progress.step() == step) {
            Tensor norm = student[0].get(StudentWeights.NORM);
            student[0].set(StudentWeights.NORM, norm.mul(new Scalar(Double.NaN)));
          }
        },
        student);
  }

  private static void dieAt(Progress progress, long step) {
    if (progress.step() == step) {
      throw new IllegalStateException("killed");
    }
  }

  private SortedMap<String, float[]> train(
      Path base,
      DistillationSettings settings,
      String name,
      boolean resume,
      Consumer<Progress> progress)
      throws IOException {
    return train(base, settings, name, resume, /* threads */ 2, progress);
  }

  private SortedMap<String, float[]> train(
      Path base,
      DistillationSettings settings,
      String name,
      boolean resume,
      int threads,
      Consumer<Progress> progress)
      throws IOException {
    StudentWeights[] student = new StudentWeights[1];
    run(base, settings, name, resume, threads, progress, student);
    SortedMap<String, float[]> values = new TreeMap<>();
    student[0]
        .tensors()
        .forEach(
            (tensor, value) -> {
              float[] all = new float[(int) value.numel()];
              value.data_ptr_float().get(all);
              values.put(tensor, all);
            });
    return values;
  }

  private void run(
      Path base,
      DistillationSettings settings,
      String name,
      boolean resume,
      int threads,
      Consumer<Progress> progress,
      StudentWeights[] student)
      throws IOException {
    ModelConfig config =
        StudentConfig.of(ModelConfig.read(base), settings.keyValueLayers(), settings.groupSize());
    TeacherWeights teacher =
        TeacherWeights.read(base, ScalarType.Float, Libtorch.device(Place.CPU));
    student[0] = StudentWeights.fromTeacher(config, teacher);
    new Distiller(
            settings,
            TinyModels.documents(9),
            new TwoSegmentModel(config, teacher, student[0], settings.precision(), 64),
            student[0],
            new TrainingState(folder.resolve(name), settings.fingerprint()),
            threads)
        .run(resume, progress);
  }
}
