package dev.swiftkv.engine.forward;

import dev.swiftkv.kernels.Ops;
import dev.swiftkv.kernels.PagedKv;
import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kernels.Tensor;
import java.util.List;

/**
 * The rows that pass through a layer and the buffers they use; all tensors have one row per token
 * of the batch.
 *
 * @param x residual stream, F32 [tokens, hidden]
 * @param normed compute type [tokens, hidden]
 * @param queries compute type [tokens, heads * headSize]
 * @param attended compute type [tokens, heads * headSize]
 */
record Step(
    Ops ops,
    RaggedBatch batch,
    List<PagedKv> caches,
    Tensor x,
    Tensor normed,
    Tensor queries,
    Tensor attended) {}
