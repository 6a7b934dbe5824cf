package dev.swiftkv.distillation;

import dev.swiftkv.distillation.TwoSegmentModel.Outputs;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * What the frozen part makes of each document, kept for later epochs while there is room. It is a
 * function of the document, so that results do not depend on what is kept. Logits are made anew
 * each time: they are many times larger than what they are made of.
 */
final class TeacherCache {
  private final TwoSegmentModel model;
  private final List<Document> documents;
  private final long mostBytes;
  private final Map<Integer, Lesson> kept = new HashMap<>();
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

  /** The lesson of a document; its tensors end with the caller's scope unless they are kept. */
  Lesson lesson(int document) {
    Lesson known = kept.get(document);
    if (known != null) {
      return known;
    }
    Lesson made = make(documents.get(document));
    if (bytes + made.bytes() <= mostBytes) {
      made.tensors().forEach(tensor -> move(tensor, PointerScope.getInnerScope(), null));
      bytes += made.bytes();
      kept.put(document, made);
    }
    return made;
  }

  private Lesson make(Document document) {
    PointerScope outer = PointerScope.getInnerScope();
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor boundary = model.boundary(document.tokenIds());
      Tensor rows = model.rows(document.answerRows());
      Outputs teacher = model.teach(boundary, rows);
      Lesson lesson = new Lesson(boundary, rows, teacher);
      lesson.tensors().forEach(tensor -> move(tensor, scope, outer));
      return lesson;
    }
  }

  /** From one scope to another; null is no scope. Leaving a scope drops a reference. */
  private static void move(Tensor tensor, PointerScope fromOrNull, PointerScope toOrNull) {
    if (toOrNull != null) {
      toOrNull.attach(tensor);
    } else {
      tensor.retainReference();
    }
    if (fromOrNull != null) {
      fromOrNull.detach(tensor);
    }
  }
}
