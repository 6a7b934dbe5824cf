package dev.swiftkv.distillation;

import dev.swiftkv.distillation.TeacherCache.Lesson;
import dev.swiftkv.distillation.TrainingState.Position;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Trains the student. One document after the other goes through both models, so that there is no
 * padding and no attention across documents; gradients add up over a batch. Equal settings, data
 * and threads give equal bits, also when a run is stopped and resumed.
 */
final class Distiller {
  private final DistillationSettings settings;
  private final List<Document> documents;
  private final TwoSegmentModel model;
  private final TeacherCache cache;
  private final StudentWeights student;
  private final AdamW optimizer;
  private final TrainingState states;

  /**
   * One update.
   *
   * @param divergence mean over the answer's tokens
   * @param hidden mean over the answer's tokens
   * @param tokens of the batch
   */
  record Progress(
      long step, double divergence, double hidden, double gradientNorm, long tokens, long nanos) {}

  Distiller(
      DistillationSettings settings,
      List<Document> documents,
      TwoSegmentModel model,
      StudentWeights student,
      TrainingState states) {
    this.settings = settings;
    this.documents = documents;
    this.model = model;
    this.student = student;
    this.states = states;
    cache = new TeacherCache(model, documents, settings.cacheBytes());
    optimizer = new AdamW(student.tensors(), settings.weightDecay(), settings.clip());
  }

  /**
   * Runs to the last step.
   *
   * @param resume whether to go on from the last state, if there is one
   * @throws EngineException INVALID_OPTION if the loss is no number any more; the last state stays
   */
  void run(boolean resume, Consumer<Progress> progress) throws IOException {
    Position at =
        resume
            ? states.restore(student, optimizer).orElse(new Position(0, 0, 0))
            : new Position(0, 0, 0);
    BatchPlan plan =
        new BatchPlan(
            documents, settings.batchTokens(), settings.seed(), at.epoch(), at.position());
    for (long step = at.step() + 1; step <= settings.steps(); step++) {
      progress.accept(update(step, plan.nextBatch()));
      if (step % settings.saveEvery() == 0 || step == settings.steps()) {
        states.save(new Position(step, plan.epoch(), plan.position()), student, optimizer);
      }
    }
  }

  private Progress update(long step, List<Integer> batch) throws IOException {
    long started = System.nanoTime();
    long rows = batch.stream().mapToLong(i -> documents.get(i).answerTokens()).sum();
    double divergence = 0;
    double hidden = 0;
    for (int document : batch) {
      try (PointerScope scope = new PointerScope()) {
        Lesson lesson = cache.lesson(document);
        DistillationLoss loss =
            DistillationLoss.of(
                model,
                lesson.teacher(),
                model.learn(lesson.boundary(), lesson.rows()),
                settings.temperature());
        Tensor total = loss.total(settings.hiddenWeight(), rows);
        total.backward();
        divergence += loss.divergence().item_double() / rows;
        hidden += loss.hidden().item_double() / rows;
      }
    }
    double norm = optimizer.gradientNorm();
    if (!Double.isFinite(divergence + hidden) || !Double.isFinite(norm)) {
      throw notANumber(step, divergence + settings.hiddenWeight() * hidden, norm);
    }
    optimizer.update(step, settings.learningRateAt(step), norm);
    long tokens = batch.stream().mapToLong(i -> documents.get(i).tokens()).sum();
    return new Progress(step, divergence, hidden, norm, tokens, System.nanoTime() - started);
  }

  private EngineException notANumber(long step, double loss, double norm) throws IOException {
    OptionalLong saved = states.lastStep();
    String remedy =
        saved.isPresent()
            ? "The state of step %d stays in %s: --resume from it"
                .formatted(saved.getAsLong(), states.folder())
            : "No state was saved before (--save-every %d): begin again"
                .formatted(settings.saveEvery());
    return new EngineException(
        ErrorCategory.INVALID_OPTION,
        "Step %d has the loss %s and the gradient's norm %s; both must be numbers. %s with a smaller --lr (now %s) or --clip (now %s)"
            .formatted(step, loss, norm, remedy, settings.learningRate(), settings.clip()));
  }
}
