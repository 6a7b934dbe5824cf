package dev.swiftkv.engine.forward;

import dev.swiftkv.kernels.Ops;
import dev.swiftkv.kernels.PagedKv;
import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kernels.Tensor;
import java.util.List;

/** Runs a {@link Decoder} over one step after another. Confined to one thread. */
public final class TwoSegmentForward {
  private final Decoder decoder;
  private final Ops ops;
  private final Activations activations;

  /** A forward pass that uses these buffers. */
  public TwoSegmentForward(Decoder decoder, Ops ops, Activations activations) {
    this.decoder = decoder;
    this.ops = ops;
    this.activations = activations;
  }

  /**
   * Runs one step: keys and values of every token reach every cache; rows that need logits reach
   * the head.
   *
   * @param batch staged by this method
   * @param caches in the model's order
   * @return F32 [batch.logitCount(), vocab], valid until the next step
   */
  public Tensor forward(RaggedBatch batch, List<PagedKv> caches) {
    check(batch);
    ops.stage(batch);
    if (batch.logitCount() == batch.tokenCount()) {
      ops.step(batch, () -> everyRow(batch, caches));
      return logits(batch.logitCount());
    }
    early(batch, caches);
    if (batch.logitCount() == 0) {
      return logits(0);
    }
    Tensor x = gather(batch);
    if (decoder.laterLayers().isEmpty()) {
      return head(step(batch, caches, x));
    }
    Survivors.fill(activations.survivors(), batch, caches.get(0).shape().blockTokens());
    ops.stage(activations.survivors());
    Step survivors = step(activations.survivors(), caches, x);
    decoder.laterLayers().forEach(layer -> layer.apply(survivors));
    return head(survivors);
  }

  /**
   * Runs one step with every row through every layer, whether it needs logits or not: the reference
   * that {@link #forward} equals bitwise.
   *
   * @return F32 [batch.logitCount(), vocab], valid until the next step
   */
  public Tensor forwardFullDepth(RaggedBatch batch, List<PagedKv> caches) {
    check(batch);
    ops.stage(batch);
    Step everyToken = early(batch, caches);
    decoder.laterLayers().forEach(layer -> layer.apply(everyToken));
    return batch.logitCount() == 0 ? logits(0) : head(step(batch, caches, gather(batch)));
  }

  /** A step in which all rows survive, as when every sequence decodes. */
  private void everyRow(RaggedBatch batch, List<PagedKv> caches) {
    Step everyToken = early(batch, caches);
    decoder.laterLayers().forEach(layer -> layer.apply(everyToken));
    head(everyToken);
  }

  /** Segment A and the boundary. */
  private Step early(RaggedBatch batch, List<PagedKv> caches) {
    Step step = step(batch, caches, activations.x().firstRows(batch.tokenCount()));
    ops.embed(decoder.embedding(), batch, step.x());
    decoder.earlyLayers().forEach(layer -> layer.apply(step));
    decoder.boundary().ifPresent(boundary -> boundary.apply(step));
    return step;
  }

  private Tensor gather(RaggedBatch batch) {
    Tensor x = activations.survivorX().firstRows(batch.logitCount());
    ops.gatherRows(activations.x().firstRows(batch.tokenCount()), batch, x);
    return x;
  }

  private Tensor head(Step step) {
    decoder.finalNorm().apply(step);
    Tensor logits = logits(step.x().rows());
    ops.logits(step.normed(), decoder.head(), logits);
    return logits;
  }

  private Tensor logits(int rows) {
    return activations.logits().firstRows(rows);
  }

  private Step step(RaggedBatch batch, List<PagedKv> caches, Tensor x) {
    return new Step(
        ops,
        batch,
        caches,
        x,
        activations.normed().firstRows(x.rows()),
        activations.queries().firstRows(x.rows()),
        activations.attended().firstRows(x.rows()));
  }

  private void check(RaggedBatch batch) {
    int tokens = activations.x().rows();
    int logitRows = activations.logits().rows();
    if (batch.tokenCount() < 1 || batch.tokenCount() > tokens || batch.logitCount() > logitRows) {
      throw new IllegalArgumentException(
          "A step of %d tokens, %d of which need logits; there is room for 1 to %d tokens and %d logit rows"
              .formatted(batch.tokenCount(), batch.logitCount(), tokens, logitRows));
    }
  }
}
