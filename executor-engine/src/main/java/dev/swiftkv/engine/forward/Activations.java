package dev.swiftkv.engine.forward;

import dev.swiftkv.kernels.AttentionShape;
import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.DeviceBuffer;
import dev.swiftkv.kernels.DeviceMemoryException;
import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kernels.Tensor;
import java.util.ArrayList;
import java.util.List;

/** The buffers of the largest step, allocated once. Survivors reuse those of segment A. */
public final class Activations implements AutoCloseable {
  // The smallest block that a KvShape allows, hence the longest block table.
  private static final int SMALLEST_BLOCK_TOKENS = 16;

  private final List<DeviceBuffer> buffers = new ArrayList<>();
  private final Backend backend;
  private final RaggedBatch survivors;
  private final Tensor x;
  private final Tensor survivorX;
  private final Tensor normed;
  private final Tensor queries;
  private final Tensor attended;
  private final Tensor logits;

  /**
   * The sizes that matter.
   *
   * @param maxTokens tokens of the largest step
   * @param maxLogitRows rows that need logits in the largest step
   * @param contextLength tokens of the longest sequence
   */
  public record Sizes(
      int maxTokens,
      int maxLogitRows,
      int contextLength,
      int hiddenSize,
      int vocabularySize,
      AttentionShape attention) {
    /** Checks that a step has room. */
    public Sizes {
      if (maxTokens < 1 || maxLogitRows < 1) {
        throw new IllegalArgumentException(
            "A step needs room, got maxTokens %d, maxLogitRows %d"
                .formatted(maxTokens, maxLogitRows));
      }
    }
  }

  /**
   * Allocates.
   *
   * @param dtype compute type
   * @throws DeviceMemoryException if there is no room; nothing stays allocated
   */
  public Activations(Backend backend, DType dtype, Sizes sizes) {
    this.backend = backend;
    int rows = Math.max(sizes.maxTokens(), sizes.maxLogitRows());
    int queryColumns = sizes.attention().queryColumns();
    try {
      x = allocate(DType.F32, sizes.maxTokens(), sizes.hiddenSize());
      survivorX = allocate(DType.F32, sizes.maxLogitRows(), sizes.hiddenSize());
      normed = allocate(dtype, rows, sizes.hiddenSize());
      queries = allocate(dtype, rows, queryColumns);
      attended = allocate(dtype, rows, queryColumns);
      logits = allocate(DType.F32, sizes.maxLogitRows(), sizes.vocabularySize());
      survivors =
          new RaggedBatch(
              sizes.maxLogitRows(),
              sizes.maxLogitRows(),
              (sizes.contextLength() - 1) / SMALLEST_BLOCK_TOKENS + 1);
    } catch (RuntimeException e) {
      buffers.forEach(DeviceBuffer::close);
      throw e;
    }
  }

  /** Bytes of device memory held. */
  public long bytes() {
    return buffers.stream().mapToLong(DeviceBuffer::bytes).sum();
  }

  RaggedBatch survivors() {
    return survivors;
  }

  Tensor x() {
    return x;
  }

  Tensor survivorX() {
    return survivorX;
  }

  Tensor normed() {
    return normed;
  }

  Tensor queries() {
    return queries;
  }

  Tensor attended() {
    return attended;
  }

  Tensor logits() {
    return logits;
  }

  private Tensor allocate(DType dtype, int rows, int columns) {
    long bytes = backend.tensorBytes(dtype, rows, columns);
    DeviceBuffer buffer = backend.memory().allocate("activations", bytes);
    buffers.add(buffer);
    return buffer.tensor(dtype, rows, columns);
  }

  @Override
  public void close() {
    buffers.forEach(DeviceBuffer::close);
    survivors.close();
  }
}
