package dev.swiftkv.engine.model;

import dev.swiftkv.engine.config.ModelConfig;
import dev.swiftkv.engine.forward.Activations;
import dev.swiftkv.engine.forward.Decoder;
import dev.swiftkv.engine.forward.TwoSegmentForward;
import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.KvShape;
import dev.swiftkv.kernels.PagedKv;
import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kernels.Tensor;
import java.util.List;

/** A decoder with its activations. */
final class DecoderLm implements CausalLm {
  private final ModelConfig config;
  private final DType dtype;
  private final Activations activations;
  private final TwoSegmentForward forward;
  private boolean closed;

  DecoderLm(
      ModelConfig config, Decoder decoder, Backend backend, DType dtype, int tokens, int rows) {
    this.config = config;
    this.dtype = dtype;
    activations =
        new Activations(
            backend,
            dtype,
            new Activations.Sizes(
                tokens,
                rows,
                config.contextLength(),
                config.hiddenSize(),
                config.vocabularySize(),
                config.attentionShape()));
    forward = new TwoSegmentForward(decoder, backend.ops(), activations);
  }

  @Override
  public int cacheCount() {
    return config.cacheCount();
  }

  @Override
  public KvShape kvShape(int blockTokens) {
    return new KvShape(dtype, config.kvHeads(), config.headSize(), blockTokens);
  }

  @Override
  public Tensor forward(RaggedBatch batch, List<PagedKv> caches) {
    checkCaches(caches);
    return forward.forward(batch, caches);
  }

  @Override
  public Tensor forwardFullDepth(RaggedBatch batch, List<PagedKv> caches) {
    checkCaches(caches);
    return forward.forwardFullDepth(batch, caches);
  }

  @Override
  public long activationBytes() {
    return activations.bytes();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      activations.close();
    }
  }

  private void checkCaches(List<PagedKv> caches) {
    if (closed) {
      throw new IllegalStateException("The model's activations are closed");
    }
    if (caches.size() != cacheCount()) {
      throw new IllegalArgumentException(
          "The model needs %d KV caches, got %d".formatted(cacheCount(), caches.size()));
    }
  }
}
