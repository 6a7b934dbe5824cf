package dev.swiftkv.kernels;

/**
 * What one page of one layer holds.
 *
 * @param dtype element type of the cache, F32 or BF16
 * @param kvHeads heads of keys and of values
 * @param headSize elements of a head
 * @param blockTokens tokens of one page ("block"), a multiple of 16
 */
public record KvShape(DType dtype, int kvHeads, int headSize, int blockTokens) {
  /** Checks type and block size. */
  public KvShape {
    if (dtype == DType.F16) {
      throw new IllegalArgumentException("The KV cache is F32 or BF16, not F16");
    }
    if (blockTokens <= 0 || blockTokens % 16 != 0) {
      throw new IllegalArgumentException(
          "Tokens per KV block must be a positive multiple of 16, got %d".formatted(blockTokens));
    }
  }
}
