package dev.swiftkv.engine.cli;

import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.config.ModelConfig;
import dev.swiftkv.engine.runtime.ResidentEngine;
import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.KvShape;
import dev.swiftkv.kvcache.KvCachePool;

/**
 * The KV cache of a benchmark. Memory costs time when it is touched first, on virtual machines far
 * more than what is then written to it. A job that runs for hours pays once, a benchmark of seconds
 * would measure little else. So the cache has just the room that the prompts need together, and one
 * round of other prompts goes through it before anything is measured.
 */
final class BenchCache {
  private BenchCache() {}

  /** The configuration with a cache for all prompts at once, unless it has a budget already. */
  static EngineConfig sized(EngineConfig config, ModelConfig model, BenchPlan plan) {
    if (config.kvCacheBytes() > 0) {
      return config;
    }
    long bytesPerBlock;
    try (Backend backend = DeviceModel.openBackend(config)) {
      DType dtype = DeviceModel.computeType(config, backend);
      KvShape shape =
          new KvShape(
              dtype,
              model.attentionShape().kvHeads(),
              model.attentionShape().headSize(),
              ResidentEngine.KV_BLOCK_TOKENS);
      bytesPerBlock = KvCachePool.bytesPerBlock(backend, shape, model.cacheCount());
    }
    long tokensPerPrompt = (long) plan.promptTokens() + plan.outputTokens();
    int blockTokens = ResidentEngine.KV_BLOCK_TOKENS;
    long blocksPerPrompt = (tokensPerPrompt - 1) / blockTokens + 1;
    return config.withKvCacheBytes(bytesPerBlock * blocksPerPrompt * plan.requests());
  }
}
