package dev.swiftkv.distillation;

import dev.swiftkv.distillation.TwoSegmentModel.Outputs;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * What the frozen part makes of each document, made by whoever asks first and kept for later epochs
 * while there is room. It is a function of the document, so that results do not depend on what is
 * kept. Logits are made anew each time: they are many times larger than what they are made of.
 */
final class TeacherCache {
  private final TwoSegmentModel model;
  private final List<Document> documents;
  private final long mostBytes;
  private final Map<Integer, CompletableFuture<Lesson>> lessons = new ConcurrentHashMap<>();
  private final Set<Integer> kept = new HashSet<>();
  private long bytes;

  /**
   * A document seen by the frozen part.
   *
   * @param boundary residual stream at the boundary [tokens, hidden size]
   * @param rows positions whose logits choose the answer
   * @param teacher outputs at these rows
   */
  record Lesson(Tensor boundary, Tensor rows, Outputs teacher) {
    private long bytes() {
      return boundary.nbytes() + teacher.last().nbytes() + teacher.hidden().nbytes();
    }

    private List<Tensor> tensors() {
      return List.of(boundary, rows, teacher.last(), teacher.hidden());
    }
  }

  TeacherCache(TwoSegmentModel model, List<Document> documents, long mostBytes) {
    this.model = model;
    this.documents = documents;
    this.mostBytes = mostBytes;
  }

  /**
   * The lesson of a document, which stays until {@link #release}. Where another thread is making
   * it, waits for that.
   */
  Lesson lesson(int document) {
    CompletableFuture<Lesson> own = new CompletableFuture<>();
    CompletableFuture<Lesson> known = lessons.putIfAbsent(document, own);
    if (known != null) {
      return known.join();
    }
    try {
      own.complete(make(documents.get(document)));
    } catch (RuntimeException | Error e) {
      lessons.remove(document);
      own.completeExceptionally(e);
    }
    return own.join();
  }

  /** Frees a lesson that has been learned, unless there is room for it until the next epoch. */
  synchronized void release(int document) {
    if (kept.contains(document)) {
      return;
    }
    Lesson lesson = lessons.get(document).join();
    if (bytes + lesson.bytes() <= mostBytes) {
      bytes += lesson.bytes();
      kept.add(document);
    } else {
      lessons.remove(document);
      lesson.tensors().forEach(Tensor::releaseReference);
    }
  }

  private Lesson make(Document document) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor boundary = model.boundary(document.tokenIds());
      Tensor rows = model.rows(document.answerRows());
      Lesson lesson = new Lesson(boundary, rows, model.teach(boundary, rows));
      // The scope drops its own reference.
      lesson.tensors().forEach(Tensor::retainReference);
      return lesson;
    }
  }
}
