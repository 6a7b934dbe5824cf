package dev.swiftkv.distillation;

import dev.swiftkv.distillation.TeacherCache.Lesson;
import dev.swiftkv.distillation.TrainingState.Position;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Trains the student. Each document goes through both models by itself, so that there is no padding
 * and no attention across documents; gradients are added up in the order of the batch. Documents of
 * a batch are learned side by side, and while the last of them is, the teacher has begun with the
 * next. Equal settings and data give equal bits with any number of threads, also when a run is
 * stopped and resumed.
 */
final class Distiller {
  private final DistillationSettings settings;
  private final List<Document> documents;
  private final TwoSegmentModel model;
  private final TeacherCache cache;
  private final StudentWeights student;
  private final TensorVector parameters = new TensorVector();
  private final AdamW optimizer;
  private final TrainingState states;
  private final int threads;

  /**
   * One update.
   *
   * @param divergence mean over the answer's tokens
   * @param hidden mean over the answer's tokens
   * @param tokens of the batch
   */
  record Progress(
      long step, double divergence, double hidden, double gradientNorm, long tokens, long nanos) {}

  /** What a document adds to a batch; the gradients belong to the receiver. */
  private record Learned(double divergence, double hidden, List<Tensor> gradients) {}

  /** Documents of an update, and where the data goes on after it. */
  private record Batch(List<Integer> documents, long epoch, int position) {}

  /**
   * A run.
   *
   * @param threads documents that are in work at the same time
   */
  Distiller(
      DistillationSettings settings,
      List<Document> documents,
      TwoSegmentModel model,
      StudentWeights student,
      TrainingState states,
      int threads) {
    this.settings = settings;
    this.documents = documents;
    this.model = model;
    this.student = student;
    this.states = states;
    cache = new TeacherCache(model, documents, settings.cacheBytes());
    student.tensors().values().forEach(parameters::push_back);
    this.threads = threads;
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
    Deque<Batch> coming = new ArrayDeque<>();
    try (Workers workers = new Workers(threads)) {
      for (long step = at.step() + 1; step <= settings.steps(); step++) {
        Batch batch = coming.isEmpty() ? next(plan) : coming.remove();
        progress.accept(update(step, batch, () -> prepare(plan, coming, workers), workers));
        if (step % settings.saveEvery() == 0 || step == settings.steps()) {
          states.save(new Position(step, batch.epoch(), batch.position()), student, optimizer);
        }
      }
    }
  }

  private static Batch next(BatchPlan plan) {
    List<Integer> documents = plan.nextBatch();
    return new Batch(documents, plan.epoch(), plan.position());
  }

  /** Lets the teacher begin with as many of the next documents as there are threads. */
  private void prepare(BatchPlan plan, Deque<Batch> coming, Workers workers) {
    while (coming.stream().mapToInt(batch -> batch.documents().size()).sum() < workers.count()) {
      Batch batch = next(plan);
      coming.add(batch);
      batch.documents().forEach(document -> workers.prepare(() -> cache.lesson(document)));
    }
  }

  private Progress update(long step, Batch batch, Runnable whileWaiting, Workers workers)
      throws IOException {
    long started = System.nanoTime();
    long rows = batch.documents().stream().mapToLong(i -> documents.get(i).answerTokens()).sum();
    List<Future<Learned>> parts =
        batch.documents().stream().map(i -> workers.submit(() -> learn(i, rows))).toList();
    whileWaiting.run();
    double divergence = 0;
    double hidden = 0;
    for (Future<Learned> part : parts) {
      Learned learned = Workers.await(part);
      divergence += learned.divergence() / rows;
      hidden += learned.hidden() / rows;
      optimizer.add(learned.gradients());
      learned.gradients().forEach(Tensor::releaseReference);
    }
    double norm = optimizer.gradientNorm();
    if (!Double.isFinite(divergence + hidden) || !Double.isFinite(norm)) {
      throw notANumber(step, divergence + settings.hiddenWeight() * hidden, norm);
    }
    optimizer.update(step, settings.learningRateAt(step), norm);
    long tokens = batch.documents().stream().mapToLong(i -> documents.get(i).tokens()).sum();
    return new Progress(step, divergence, hidden, norm, tokens, System.nanoTime() - started);
  }

  private Learned learn(int document, long batchRows) {
    try (PointerScope scope = new PointerScope()) {
      Lesson lesson = cache.lesson(document);
      DistillationLoss loss =
          DistillationLoss.of(
              model,
              lesson.teacher(),
              model.learn(lesson.boundary(), lesson.rows()),
              settings.temperature());
      Tensor total = loss.total(settings.hiddenWeight(), batchRows);
      TensorVector found = torch.grad(new TensorVector(total), parameters);
      List<Tensor> gradients = new ArrayList<>();
      for (long i = 0; i < found.size(); i++) {
        gradients.add(found.get(i).detach());
      }
      // The scope drops its own reference.
      gradients.forEach(Tensor::retainReference);
      cache.release(document);
      return new Learned(loss.divergence().item_double(), loss.hidden().item_double(), gradients);
    }
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
