package dev.swiftkv.benchmarks.gpu;

import com.fasterxml.jackson.databind.JsonNode;
import dev.swiftkv.engine.runtime.ResidentEngine;
import dev.swiftkv.kernels.AttentionShape;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.KvShape;

/**
 * The sizes of a decoder's layers.
 *
 * @param hidden width of the residual stream
 * @param intermediate width of the feed-forward
 * @param attention heads
 * @param vocabulary rows of the embedding and of the head
 * @param laterCaches caches that the SwiftKV boundary fills
 */
record Shape(
    int hidden, int intermediate, AttentionShape attention, int vocabulary, int laterCaches) {
  /** Tokens of a cache block, as the engine has it. */
  static final int BLOCK_TOKENS = ResidentEngine.KV_BLOCK_TOKENS;

  /** Reads the object {@code shape} of a request. */
  static Shape of(JsonNode request) {
    JsonNode shape = request.required("shape");
    return new Shape(
        shape.required("hidden").asInt(),
        shape.required("intermediate").asInt(),
        new AttentionShape(
            shape.required("heads").asInt(),
            shape.required("kv_heads").asInt(),
            shape.required("head_size").asInt()),
        shape.required("vocabulary").asInt(),
        shape.required("later_caches").asInt());
  }

  /** Rows of the fused query, key and value weight. */
  int qkvColumns() {
    return attention.queryColumns() + 2 * attention.kvColumns();
  }

  /** Rows of the wide weight of all later keys and values. */
  int laterKvColumns() {
    return laterCaches * 2 * attention.kvColumns();
  }

  KvShape kvShape() {
    return new KvShape(DType.BF16, attention.kvHeads(), attention.headSize(), BLOCK_TOKENS);
  }
}
