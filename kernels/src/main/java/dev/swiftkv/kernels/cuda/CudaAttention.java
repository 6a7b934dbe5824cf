package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.AttentionShape;
import dev.swiftkv.kernels.PagedKv;
import dev.swiftkv.kernels.Tensor;

/**
 * Attention over pages. Prompts are attended to in tiles of their tokens; decoded tokens split by
 * split of their context, and a kernel of its own puts the splits together in order. Where there
 * are no tensor cores for the type or head size, one plain kernel does both.
 */
final class CudaAttention {
  /** Tokens of one split, {@code ATTEND_SPLIT_TOKENS}. */
  private static final int SPLIT_TOKENS = 512;

  private static final double LOG2_E = 1 / Math.log(2);

  private final CudaStream stream;
  private final CudaScratch scratch;
  private final KernelArguments arguments;
  private final AttentionKernels kernels;
  private final int multiprocessors;

  CudaAttention(
      CudaContext context, CudaStream stream, CudaScratch scratch, KernelArguments arguments) {
    this.stream = stream;
    this.scratch = scratch;
    this.arguments = arguments;
    kernels = new AttentionKernels(context);
    multiprocessors = context.device().multiprocessors();
  }

  /** The kernels in use, for people. */
  String description() {
    return kernels.name();
  }

  /** Splits of a context of so many tokens, at least one. */
  static int splits(int context) {
    return Math.max(0, context - 1) / SPLIT_TOKENS + 1;
  }

  /** Attends; what fits is checked by the caller. */
  void attend(
      Tensor queries,
      AttentionShape shape,
      PagedKv cache,
      StagedBatch batch,
      Tensor out,
      StepGraphs graphs) {
    AttentionKernels.Tensors tensors = kernels.tensorsOrNull(queries.dtype(), shape.headSize());
    if (tensors == null) {
      plain(queries, shape, cache, batch, out, graphs.rows(queries, out));
      return;
    }
    if (batch.tileCount() > 0) {
      write(queries, shape, cache, batch, out, 0, 1);
      int blocks =
          tensors.prefillStays()
              ? multiprocessors
              : Math.multiplyExact(batch.tileCount(), shape.heads());
      stream.launch(
          tensors.prefill(),
          blocks,
          1,
          tensors.prefillThreads(),
          tensors.prefillSharedBytes(),
          arguments);
    }
    if (batch.decodeCount() > 0) {
      decode(tensors, queries, shape, cache, batch, out, graphs);
    }
  }

  private void decode(
      AttentionKernels.Tensors tensors,
      Tensor queries,
      AttentionShape shape,
      PagedKv cache,
      StagedBatch batch,
      Tensor out,
      StepGraphs graphs) {
    int count = graphs.decoding(batch.decodeCount());
    int splits = graphs.splits(splits(batch.decodeContext()));
    long splitBytes = (long) shape.heads() * (shape.headSize() + 2) * Float.BYTES;
    long partials = scratch.require((long) count * splits * splitBytes);
    write(queries, shape, cache, batch, out, partials, splits);
    stream.launch(
        tensors.decode(),
        tensors.decodeBlocks(),
        1,
        tensors.decodeThreads(),
        tensors.decodeSharedBytes(),
        arguments);
    int blocks = Math.multiplyExact(count, shape.heads());
    stream.launch(kernels.combine(), blocks, 1, AttentionKernels.COMBINE_THREADS, 0, arguments);
  }

  private void plain(
      Tensor queries,
      AttentionShape shape,
      PagedKv cache,
      StagedBatch batch,
      Tensor out,
      int rows) {
    if (rows == 0) {
      return;
    }
    write(queries, shape, cache, batch, out, 0, 1);
    stream.launch(
        kernels.plain(queries.dtype()),
        Math.multiplyExact(rows, shape.heads()),
        1,
        AttentionKernels.PLAIN_THREADS,
        AttentionKernels.plainSharedBytes(shape.headSize()),
        arguments);
  }

  private void write(
      Tensor queries,
      AttentionShape shape,
      PagedKv cache,
      StagedBatch batch,
      Tensor out,
      long partials,
      int splits) {
    float scale = (float) (LOG2_E / Math.sqrt(shape.headSize()));
    ArgumentStructs.attend(
        arguments, queries, out, cache, batch.address(), partials, shape, splits, scale);
  }
}
