package dev.swiftkv.engine.runtime;

import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.kernels.DeviceMemory;

/** How many KV blocks an engine gets. */
final class KvBudget {
  /** Tokens of a block: small enough to share prefixes, large enough for whole cache lines. */
  static final int BLOCK_TOKENS = 32;

  /** Percent of the host's free memory taken where the user does not say: others live there too. */
  static final int HOST_PERCENT = 25;

  /** The same of a device's own memory, where the rest is for what kernels need in between. */
  static final int DEVICE_PERCENT = 85;

  private KvBudget() {}

  /**
   * Blocks of the KV cache. With a budget, as many as fit in it. Without one, what all sequences
   * need at full length, but at most a quarter of the host's memory that is free, or 85 % of what a
   * device with memory of its own can still give.
   *
   * @param config settled for the device
   * @param bytesPerBlock keys and values of a block in all caches
   * @param contextLength most tokens of a sequence
   * @throws EngineException OUT_OF_MEMORY if not even one block fits, or the budget is more than
   *     there is
   */
  static int blocks(
      EngineConfig config, long bytesPerBlock, int contextLength, DeviceMemory memory) {
    int percent = isOfTheHost(memory) ? HOST_PERCENT : DEVICE_PERCENT;
    return blocks(config, bytesPerBlock, contextLength, freeBytes(memory), percent);
  }

  static int blocks(
      EngineConfig config, long bytesPerBlock, int contextLength, long freeBytes, int percent) {
    if (config.kvCacheBytes() > freeBytes) {
      // Asking the system is no answer: it may promise memory that it does not have.
      throw new EngineException(
          ErrorCategory.OUT_OF_MEMORY,
          "A KV cache of %d bytes was asked for; %d are free. Lower kvCacheBytes"
              .formatted(config.kvCacheBytes(), freeBytes));
    }
    long bytes = config.kvCacheBytes() > 0 ? config.kvCacheBytes() : freeBytes / 100 * percent;
    long fitting = Math.min(bytes / bytesPerBlock, Integer.MAX_VALUE / BLOCK_TOKENS);
    if (fitting < 1) {
      throw new EngineException(
          ErrorCategory.OUT_OF_MEMORY,
          "A KV cache of %d bytes holds nothing: one block of %d tokens takes %d bytes. "
                  .formatted(bytes, BLOCK_TOKENS, bytesPerBlock)
              + (config.kvCacheBytes() > 0 ? "Raise kvCacheBytes" : "Free memory on the device"));
    }
    if (config.kvCacheBytes() > 0) {
      return (int) fitting;
    }
    long blocksPerSequence = ((long) contextLength + BLOCK_TOKENS - 1) / BLOCK_TOKENS;
    return (int) Math.min(fitting, blocksPerSequence * config.maxSequences());
  }

  /** Bytes that a device can still give; one without a budget lives in the host's memory. */
  static long freeBytes(DeviceMemory memory) {
    return isOfTheHost(memory) ? FreeMemory.bytes() : memory.availableBytes();
  }

  private static boolean isOfTheHost(DeviceMemory memory) {
    return memory.budgetBytes() == Long.MAX_VALUE;
  }
}
